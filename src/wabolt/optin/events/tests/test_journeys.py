"""A journey around an event: its trigger, its values in texts, and the recipe."""

from datetime import date, timedelta

import pytest

from wabolt.channels.models import Channel
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.queries.test_runs import run_test
from wabolt.journeys.registry import recipe_of
from wabolt.journeys.rules.codec import parse
from wabolt.journeys.services import advance_due, create_from_recipe, enter_due, note_test_run, publish
from wabolt.lib import clock
from wabolt.lib.quiet_hours import Hours
from wabolt.messaging.models import Message
from wabolt.optin.events.services import cancel_event, send_due_reminders
from wabolt.optin.events.tests.factories import SATURDAY, make_event, make_guest
from wabolt.optin.models import ShopEvent
from wabolt.personalization.queries import known_variables

pytestmark = pytest.mark.django_db
NOW = SATURDAY - timedelta(days=10)


def live(event: ShopEvent, **answers: object) -> Journey:
    journey = create_from_recipe(workspace=event.workspace, key="event", answers={"event": event.pk, **answers})
    note_test_run(journey=journey, draft_version=journey.draft_version)
    return publish(journey=journey)


def run() -> None:
    enter_due()
    advance_due()


def sent() -> list[str]:
    """The messages of journeys, as their contents."""
    found = Message.objects.filter(origin_kind="journey").order_by("pk").select_related("content")
    return [message.content.text.split("*")[0] for message in found if message.content]


def test_the_recipe_is_offered_when_an_event_is_coming(channel: Channel) -> None:
    recipe = recipe_of("event")
    assert recipe is not None
    assert not recipe.offered(channel.workspace)
    assert "event.name" not in {variable.name for variable in known_variables(channel.workspace)}
    event = make_event(channel, starts_at=clock.now() + timedelta(days=9))
    assert recipe.offered(channel.workspace)
    assert "event.name" in {variable.name for variable in known_variables(channel.workspace)}
    cancel_event(workspace=channel.workspace, event_id=event.pk)
    assert not recipe.offered(channel.workspace)


def test_guests_get_advice_before_and_thanks_after(channel: Channel) -> None:
    with clock.hold(NOW) as held:
        event = make_event(channel)
        guest = make_guest(event)
        live(event, days=3)
        run()
        assert sent() == []
        held.move(days=7, minutes=1)
        run()
        late = make_guest(event, name="Budi")  # registers on the same day: gets the advice at once
        run()
        assert len(sent()) == 2
        values = Enrollment.objects.get(contact=guest.contact).context["variables"]["event"]
        assert values == {"name": event.point.name, "day": "2026-12-05", "time": "10.00", "place": event.venue}
        held.move(days=2)
        later = make_guest(event, name="Cici")  # registers a day before: the advice is of an earlier day
        run()
        assert len(sent()) == 2
        held.move(days=2)
        run()
        run()
        assert len(sent()) == 5
        thanked = Message.objects.filter(origin_kind="journey").order_by("-pk")[:3]
        assert {message.contact_id for message in thanked} == {guest.contact_id, late.contact_id, later.contact_id}


def test_the_event_and_the_journey_never_remind_on_the_same_day(channel: Channel) -> None:
    """The event reminds a day and an hour before; the journey writes two days before, or earlier, and after it."""
    with clock.hold(NOW) as held:
        event = make_event(channel)
        guest = make_guest(event)
        live(event, days=2)
        for hours in (23, 1) * 13:
            held.move(hours=hours)
            send_due_reminders()
            run()
        found = Message.objects.filter(contact=guest.contact, created_at__gt=NOW + timedelta(hours=1))
        days = [(message.created_at.astimezone(event.tz).date(), message.origin_kind) for message in found]
        assert sorted(days) == [
            (date(2026, 12, 3), "journey"), (date(2026, 12, 4), "event"), (date(2026, 12, 5), "event"),
            (date(2026, 12, 6), "journey"),
        ]  # fmt: skip


def test_a_new_time_is_a_new_occasion_and_the_old_one_ends(channel: Channel) -> None:
    with clock.hold(NOW) as held:
        event = make_event(channel)
        make_guest(event)
        live(event, days=3)
        held.move(days=7, minutes=1)
        run()
        moved = {"starts_at": NOW + timedelta(days=20), "ends_at": NOW + timedelta(days=20, hours=2)}
        ShopEvent.objects.filter(pk=event.pk).update(**moved)
        held.move(days=6)
        run()
        first = Enrollment.objects.get()
        assert (first.state, first.reason) == ("exited", "event_off")
        held.move(days=5)
        run()
        assert Enrollment.objects.count() == 2


def test_a_test_run_shows_the_event(channel: Channel) -> None:
    event = make_event(channel, starts_at=clock.now() + timedelta(days=9))
    journey = create_from_recipe(workspace=event.workspace, key="event", answers={"event": event.pk})
    tz = event.workspace.tz
    began = clock.now()
    run = run_test(event.workspace, parse(journey.draft), None, "nothing", began, Hours(tz, began.time(), began.time()))
    texts = [one.text for one in run.shown if one.text]
    assert event.point.name in texts[0]
    assert event.venue in texts[0]
