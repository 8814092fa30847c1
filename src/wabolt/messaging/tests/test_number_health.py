"""Figures of a number: replies, first messages, and reach."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.registry import ConversationCounts
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.number_health import NumberHealth
from wabolt.messaging.store.models import Message

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
WEEK = NOON - timedelta(days=7)


@pytest.fixture
def channel() -> Channel:
    return make_channel(make_workspace())


def said(channel: Channel, contact: Contact, days_ago: float, *, by_us: bool, state: str = "sent") -> None:
    at = NOON - timedelta(days=days_ago)
    direction, state = ("outbound", state) if by_us else ("inbound", "received")
    Message.objects.create(
        workspace=channel.workspace, channel=channel, contact=contact, direction=direction, state=state,
        origin_kind="test", idempotency_key=uuid4().hex, text="x", created_at=at, attempted_at=at if by_us else None,
    )  # fmt: skip


def conversations(channel: Channel, since: datetime = WEEK) -> ConversationCounts:
    return NumberHealth().conversations(channel.workspace, [channel], since)[channel.pk]


def test_answers_count_only_where_we_wrote_first(channel: Channel) -> None:
    rani, budi, sari, dewi = (make_contact(channel.workspace, name) for name in ("Rani", "Budi", "Sari", "Dewi"))
    said(channel, rani, 60, by_us=False)  # an old friend
    said(channel, rani, 5, by_us=True)
    said(channel, rani, 4.9, by_us=False)
    said(channel, budi, 4, by_us=True)  # never heard of
    said(channel, sari, 3, by_us=False)  # wrote first, and got an answer
    said(channel, sari, 2.9, by_us=True)
    said(channel, dewi, 2, by_us=True, state="failed")
    assert conversations(channel) == ConversationCounts(written=3, begun=2, answered=1, first=1)


def test_the_window_is_a_window_and_other_numbers_are_others(channel: Channel) -> None:
    rani = make_contact(channel.workspace, "Rani")
    other = make_channel(channel.workspace, phone="+6281100000009")
    for day in range(40, 8, -1):
        said(channel, rani, day, by_us=True)
    said(other, rani, 1, by_us=True)
    assert conversations(channel) == ConversationCounts()
    assert conversations(other) == ConversationCounts(1, 1, 0, 1), "new to this number"
    assert conversations(channel, NOON - timedelta(days=30)) == ConversationCounts(1, 1, 0, 0)
    strange = make_channel(make_workspace())
    assert (
        NumberHealth().conversations(strange.workspace, [channel], NOON - timedelta(days=90))[channel.pk]
        == ConversationCounts()
    )


def test_no_message_at_all_is_no_trouble(channel: Channel) -> None:
    assert conversations(channel) == ConversationCounts()


def test_reach_counts_each_person_once(channel: Channel) -> None:
    workspace = channel.workspace
    never, wrote, answered, first = (
        make_contact(workspace, name, phone=f"+62812000000{n}") for n, name in enumerate(("A", "B", "C", "D"))
    )
    Contact.objects.create(workspace=workspace, name="no address")
    said(channel, never, 5, by_us=True)
    said(channel, wrote, 5, by_us=False)
    said(channel, answered, 5, by_us=True)
    said(channel, answered, 4, by_us=False)
    said(channel, first, 4, by_us=False)
    said(channel, first, 3, by_us=True)
    Contact.objects.filter(pk__in=[wrote.pk, answered.pk, first.pk]).update(last_inbound_at=NOON)
    reach = NumberHealth().reach(workspace)
    assert (reach.answered, reach.written, reach.never) == (1, 2, 1)


def test_the_warm_up_is_drawn_from_the_day_of_the_link(channel: Channel) -> None:
    channel.daily_cap, channel.warm_up, channel.linked_at = 200, True, NOON - timedelta(days=3)
    with clock.hold(NOON):
        plan = NumberHealth().warm_up(channel)
        assert (plan.caps[0], plan.caps[-1], plan.today) == (20, 200, 3)
        assert plan.caps == sorted(plan.caps)
        channel.linked_at = NOON - timedelta(days=14)
        assert NumberHealth().warm_up(channel).today is None
        channel.warm_up = False
        assert NumberHealth().warm_up(channel).today is None
