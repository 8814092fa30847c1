"""The 80/20 rule: what counts, the report, the aim, and the warnings before sending."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import AuditEntry, Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.analytics.queries import Mix, aim_of, content_mix, monthly_mix, recent_mix
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.services import copy_broadcast, freeze, start
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.journeys.models import Journey
from wabolt.journeys.rules.definition import Send
from wabolt.journeys.tests.factories import make_journey
from wabolt.lib import clock, formats
from wabolt.lib.tests.locking import locked
from wabolt.messaging.models import Message, MessageContent

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace()


@pytest.fixture
def channel(workspace: Workspace) -> Channel:
    return make_channel(workspace, quiet_from="00:00", quiet_until="00:00")


@pytest.fixture
def manager(workspace: Workspace) -> Client:
    return signed_in(workspace, "manager")


def sent(
    channel: Channel, person: Contact, kind: str, ago: timedelta = DAY, *, state: str = "sent", origin: str = "journey"
) -> Message:
    """A message of this content class that went out so long before noon."""
    workspace = channel.workspace
    content = MessageContent.objects.create(workspace=workspace, text="Halo", content_class=kind)
    at = NOON - ago
    if origin == "journey":
        journey = Journey.objects.filter(workspace=workspace).first() or make_journey(workspace, Send("s1", "Halo"))
        source = journey.steps.get(key="s1").pk
    else:
        source = make_broadcast(workspace, channel, name=f"Kabar {at}").pk
        Broadcast.objects.filter(pk=source).update(started_at=at, state="running")
    return Message.objects.create(
        workspace=workspace, channel=channel, contact=person, direction="outbound", purpose="marketing", state=state,
        origin_kind=origin, origin_id=source, content=content, sent_at=at, attempted_at=at,
        idempotency_key=f"{origin}:{content.pk}",
    )  # fmt: skip


def test_share_counts_messages_and_the_average_counts_people(workspace: Workspace, channel: Channel) -> None:
    ayu, budi = make_agreeing(workspace, 2)
    for _ in range(3):
        sent(channel, ayu, "value")
    sent(channel, ayu, "promotion")
    sent(channel, budi, "promotion", origin="broadcast")
    mix = content_mix(workspace, NOON)
    assert (mix.useful, mix.promotions, mix.people) == (3, 2, 2)
    assert mix.share == pytest.approx(0.4)
    assert mix.personal == pytest.approx((0.25 + 1) / 2)
    assert (mix.useful_each, mix.promotions_each) == (1.5, 1)


def test_only_what_broadcasts_and_journeys_sent_in_the_period_counts(workspace: Workspace, channel: Channel) -> None:
    [ayu] = make_agreeing(workspace, 1)
    sent(channel, ayu, "value")
    sent(channel, ayu, "promotion", 31 * DAY)
    sent(channel, ayu, "promotion", 31 * DAY, origin="broadcast")
    for state in ("queued", "suppressed", "failed", "cancelled"):
        sent(channel, ayu, "promotion", state=state)
    other = make_workspace("Toko lain")
    sent(make_channel(other, phone="+6281100000077"), make_agreeing(other, 1)[0], "promotion")
    Message.objects.create(
        workspace=workspace, channel=channel, contact=ayu, direction="outbound", state="sent", origin_kind="member",
        text="Siap kak", sent_at=NOON - DAY, idempotency_key="m1",
    )  # fmt: skip
    assert content_mix(workspace, NOON) == Mix(1, 0, 1, 0.0, 1.0, 0.0)


def test_months_are_those_of_the_shop(workspace: Workspace, channel: Channel) -> None:
    [ayu] = make_agreeing(workspace, 1)
    first_of_november = datetime(2026, 10, 31, 17, tzinfo=UTC)  # 00.00 in Jakarta
    sent(channel, ayu, "value", NOON - first_of_november)
    sent(channel, ayu, "promotion", NOON - first_of_november + timedelta(seconds=1))
    months = monthly_mix(workspace, NOON)
    assert [mix.month for mix in months][-2:] == [date(2026, 10, 1), date(2026, 11, 1)]
    assert len(months) == 6
    assert [(mix.useful, mix.promotions) for mix in months] == [(0, 0)] * 4 + [(0, 1), (1, 0)]


def test_a_broadcast_hands_its_class_to_its_messages_and_its_copy(workspace: Workspace, channel: Channel) -> None:
    make_agreeing(workspace, 1)
    broadcast = make_broadcast(workspace, channel, content_class="value")
    assert copy_broadcast(broadcast=broadcast).content_class == "value"
    start(broadcast=broadcast)
    freeze(broadcast_id=broadcast.pk)
    message = Message.objects.select_related("content").get()
    assert message.content is not None
    assert message.content.content_class == "value"


def test_the_report_begins_with_the_sentence(workspace: Workspace, channel: Channel, manager: Client) -> None:
    assert "Belum ada yang terkirim" in manager.get(reverse("analytics:reports")).content.decode()
    [ayu] = make_agreeing(workspace, 1)
    with clock.hold(NOON):
        sent(channel, ayu, "value")
        sent(channel, ayu, "promotion")
        page = manager.get(reverse("analytics:reports")).content.decode()
    assert page.index(formats.percent(0.5, 1, "id")) < page.index("content-mix")
    assert "di atas sasaran Kakak, 20 %" in page


def test_the_aim_is_changed_by_managers(workspace: Workspace, manager: Client) -> None:
    url = reverse("analytics:reports")
    assert manager.post(url, {"promotion_percent": "101"}).status_code == 422
    assert manager.post(url, {"promotion_percent": "35"}).status_code == 302
    assert aim_of(workspace) == 35
    assert AuditEntry.objects.get(action="report.change_aim").data == {"promotion_percent": ["20", "35"]}
    assert signed_in(workspace, "viewer").post(url, {"promotion_percent": "90"}).status_code == 403
    assert aim_of(workspace) == 35


@each(("content_class", "useful", "warns"), [
    ("promotion", 3, True), ("promotion", 4, False), ("value", 0, False),
], undone=True)  # fmt: skip
def test_a_broadcast_that_exceeds_the_aim_is_warned_about(
    workspace: Workspace, channel: Channel, manager: Client, content_class: str, useful: int, warns: bool
) -> None:
    """One recipient: with four useful messages before it, the share of promotions is exactly the aim of 20 %."""
    [ayu] = make_agreeing(workspace, 1)
    broadcast = make_broadcast(workspace, channel, content_class=content_class)
    with clock.hold(NOON):
        for _ in range(useful):
            sent(channel, ayu, "value", 8 * DAY)
        page = manager.get(reverse("broadcasts:check", args=[broadcast.pk])).content.decode()
    assert (reverse("analytics:reports") in page.split("<main", 1)[1]) is warns


@each(("step", "promotions", "warns"), [
    (Send("s1", "Diskon", content_class="promotion"), 1, True),
    (Send("s1", "Diskon", content_class="promotion"), 0, False),
    (Send("s1", "Tips", content_class="value"), 1, False),
], undone=True)  # fmt: skip
def test_a_journey_with_promotions_is_warned_about(
    workspace: Workspace, channel: Channel, manager: Client, step: Send, promotions: int, warns: bool
) -> None:
    [ayu] = make_agreeing(workspace, 1)
    journey = make_journey(workspace, step)
    with clock.hold(NOON):
        sent(channel, ayu, "value")
        for _ in range(promotions):
            sent(channel, ayu, "promotion")
        page = manager.get(reverse("journeys:check", args=[journey.pk])).content.decode()
    assert (reverse("analytics:reports") in page.split("<main", 1)[1]) is warns


def test_figures_that_take_long_come_after_the_page(workspace: Workspace, channel: Channel, manager: Client) -> None:
    sent(channel, make_agreeing(workspace, 1)[0], "promotion")
    url = reverse("analytics:reports")
    with clock.hold(NOON):
        with locked("broadcasts_broadcast"):
            page = manager.get(url).content.decode()
        assert 'hx-get="?whole=1"' in page
        part = manager.get(url, {"whole": "1"}, headers={"HX-Request": "true", "HX-Target": "mix"}).content.decode()
    assert "100" in part
    assert "<html" not in part


def test_the_kept_share_is_the_counted_one(workspace: Workspace, channel: Channel) -> None:
    """The warnings read sums that triggers keep. They agree with the messages through all changes of their states."""
    [ayu] = make_agreeing(workspace, 1)
    rows = [
        sent(channel, ayu, kind, ago, state=state, origin=origin)
        for kind in ("value", "promotion", "promotion")
        for ago in (DAY, 29 * DAY, 31 * DAY)
        for state in ("sent", "queued", "read", "failed")
        for origin in ("journey", "broadcast")
    ]
    others = make_channel(make_workspace("Lain"), quiet_from="00:00", quiet_until="00:00")
    sent(others, make_agreeing(others.workspace, 1)[0], "promotion")

    def agrees() -> tuple[int, int]:
        counted, kept = content_mix(workspace, NOON), recent_mix(workspace, NOON)
        assert (kept.useful, kept.promotions, kept.share) == (counted.useful, counted.promotions, counted.share)
        return kept.useful, kept.promotions

    assert agrees() == (8, 16)
    Message.objects.filter(state="queued").update(state="delivered")
    assert agrees() == (12, 24)
    Message.objects.filter(state="read").update(state="failed")
    assert agrees() == (8, 16)
    Message.objects.filter(pk__in=[row.pk for row in rows[:8]]).delete()
    assert agrees()[0] < 8
    with CaptureQueriesContext(connection) as asked:
        recent_mix(workspace, NOON)
    assert "messaging_message" not in "".join(query["sql"] for query in asked)
