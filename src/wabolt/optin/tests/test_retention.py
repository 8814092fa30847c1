"""Old answers to forms and old guest lists lose their words and keep their rows."""

from datetime import timedelta

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import create_defaults
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.retention import RetentionClass, retention_classes
from wabolt.optin.events.tests.factories import make_event, make_guest
from wabolt.optin.models import Entry, Registration, ShopEvent
from wabolt.optin.tests.factories import make_point

pytestmark = pytest.mark.django_db


def found(key: str) -> RetentionClass:
    (one,) = (data for data in retention_classes() if data.key == key)
    return one


def channel_of(shop: Workspace) -> Channel:
    channel = make_channel(shop)
    create_defaults(workspace=shop)
    return channel


def answered(channel: Channel, days_ago: int) -> Entry:
    point = make_point(channel, kind="form", name=f"Web {days_ago}")
    return Entry.objects.create(
        workspace=channel.workspace, point=point, placement=point.placements.get(), state="confirmed",
        contact=make_contact(channel.workspace), message_id=1, confirmed_at=clock.now() - timedelta(days=days_ago),
        marketing_wording=point.marketing_wording, answers={"name": "Ayu", "city": "Bandung"},
    )  # fmt: skip


def clear(key: str, shop: Workspace, days: int, limit: int = 1) -> int:
    """Works through a class of data in batches of `limit`; returns how many rows it emptied."""
    data, before, after, done = found(key), clock.now() - timedelta(days=days), 0, 0
    assert data.count(shop.pk, before) >= 0
    while (step := data.remove(shop.pk, before, after, limit))[0] is not None:
        after, done = step[0], done + step[1]
    return done


def test_answers_go_and_joins_stay() -> None:
    channel = channel_of(make_workspace())
    old, older, new = (answered(channel, days) for days in (200, 300, 10))
    elsewhere = answered(channel_of(make_workspace("Lain")), 300)
    data, before = found("form_answers"), clock.now() - timedelta(days=100)
    assert data.count(channel.workspace_id, before) == 2
    assert data.remove(channel.workspace_id, before, old.pk, 10) == (older.pk, 1), "only ids above `after` are read"
    assert clear("form_answers", channel.workspace, 100) == 1
    assert clear("form_answers", channel.workspace, 100) == 0
    kept = {entry.pk: bool(entry.answers) for entry in Entry.objects.filter(state="confirmed")}
    assert kept == {old.pk: False, older.pk: False, new.pk: True, elsewhere.pk: True}


def test_a_guest_list_is_kept_until_its_event_is_long_over() -> None:
    channel = channel_of(make_workspace())
    past, coming = (make_event(channel, title=title) for title in ("Lalu", "Nanti"))
    guests = [make_guest(event, name=name) for event, name in ((past, "Ayu"), (past, "Budi"), (coming, "Citra"))]
    year_ago = clock.now() - timedelta(days=365)
    Entry.objects.update(confirmed_at=year_ago)
    ShopEvent.objects.filter(pk=past.pk).update(starts_at=year_ago, ends_at=year_ago + timedelta(hours=2))
    assert clear("form_answers", channel.workspace, 100) == 0, "they are needed at the door"
    assert clear("registrations", channel.workspace, 100) == 2
    names = list(Registration.objects.order_by("pk").values_list("name", "entry__answers"))
    assert names == [("", {}), ("", {}), ("Citra", {"name": "Citra"})]
    assert {row.ticket for row in Registration.objects.all()} == {guest.ticket for guest in guests}
