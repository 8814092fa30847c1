"""Every raw event is taken in once: in any order, told twice, with broken ones between, killed at any step."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from psycopg.errors import DeadlockDetected

from wabolt.channels import registry
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.queries import EventCounts, event_counts
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.commerce.models import Order
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.inbound.models import Receipt
from wabolt.messaging.inbound.services import intake
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.registry import RESPONDERS, Arrival
from wabolt.messaging.signals import message_received
from wabolt.messaging.store.models import Conversation, Message

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
AYU = "+6281200000001"
BUDI = "+6281200000002"


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    """A channel whose outside says what the test tells it to."""
    path = "wabolt.channels.tests.scripted.ScriptedProvider"
    monkeypatch.setitem(registry.PROVIDERS, "simulator", path)
    return make_channel()


@pytest.fixture(autouse=True)
def _no_responders() -> Iterator[None]:
    with mock.patch.dict(RESPONDERS, clear=True):
        yield


def told(channel: Channel) -> World:
    return World.of(channel)


def collect(channel: Channel) -> int:
    return ScriptedProvider(channel).collect(10_000)


def take_in(channel: Channel) -> int:
    """Collects and takes in until nothing is left."""
    collect(channel)
    total = 0
    while count := process_raw_events(channel).processed:
        total += count
    return total


def outbound(channel: Channel, contact: Contact, **fields: object) -> Message:
    values = {
        "direction": "outbound",
        "state": "sent",
        "origin_kind": "broadcast",
        "origin_id": 1,
        "sent_at": NOON - timedelta(hours=2),
        "created_at": NOON - timedelta(hours=3),
        **fields,
    }
    return Message.objects.create(workspace=channel.workspace, channel=channel, contact=contact, **values)


def test_a_stranger_becomes_a_contact_with_a_conversation(channel: Channel) -> None:
    told(channel).tell_message(AYU, "Masih ada ukuran L kak?", "in-1", name="Ayu")
    with clock.hold(NOON):
        assert take_in(channel) == 1
    contact = Contact.objects.get(workspace=channel.workspace)
    assert (contact.name, contact.source, contact.last_inbound_at) == ("Ayu", "whatsapp", NOON)
    message = Message.objects.get()
    assert (message.contact, message.direction, message.state) == (contact, "inbound", "received")
    assert (message.text, message.provider_id) == ("Masih ada ukuran L kak?", "in-1")
    conversation = Conversation.objects.get()
    assert (conversation.unread, conversation.last_text) == (1, "Masih ada ukuran L kak?")
    assert Event.objects.get(kind="message_received").data == {"message": message.pk, "channel": channel.pk}


def test_a_known_number_stays_the_same_contact_and_keeps_its_name(channel: Channel) -> None:
    ayu = make_contact(channel.workspace, "Ayu Lestari", AYU)
    told(channel).tell_message(AYU, "halo", "in-1", name="~ayu~")
    take_in(channel)
    assert Message.objects.get().contact == ayu
    assert Contact.objects.get().name == "Ayu Lestari"


def test_a_second_identity_of_a_known_contact_is_learnt(channel: Channel) -> None:
    ayu = make_contact(channel.workspace, "Ayu", AYU)
    pairs = [["phone", AYU], ["lid", "99887766"]]
    told(channel).tell("message", "k1", identities=pairs, name="", text="halo", provider_id="in-1")
    told(channel).tell("message", "k2", identities=[pairs[1]], name="", text="lagi", provider_id="in-2")
    take_in(channel)
    assert set(Message.objects.values_list("contact", flat=True)) == {ayu.pk}


def test_the_same_message_told_twice_is_stored_once(channel: Channel) -> None:
    world = told(channel)
    for key in (None, None, "a", "a", "b"):
        world.tell("message", key, identities=[["phone", AYU]], name="", text="halo", provider_id="in-1")
    take_in(channel)
    world.tell("message", None, identities=[["phone", AYU]], name="", text="halo", provider_id="in-1")
    take_in(channel)
    assert Message.objects.count() == 1
    assert Conversation.objects.get().unread == 1
    assert Event.objects.filter(kind="message_received").count() == 1


def test_a_message_told_late_does_not_become_the_last_word(channel: Channel) -> None:
    world = told(channel)
    world.tell("message", None, at=NOON, identities=[["phone", AYU]], name="", text="baru", provider_id="in-2")
    take_in(channel)
    earlier = NOON - timedelta(minutes=5)
    world.tell("message", None, at=earlier, identities=[["phone", AYU]], name="", text="lama", provider_id="in-1")
    take_in(channel)
    conversation = Conversation.objects.get()
    assert (conversation.last_text, conversation.last_message_at, conversation.unread) == ("baru", NOON, 2)


def test_a_clock_of_the_outside_that_runs_ahead_is_not_believed(channel: Channel) -> None:
    with clock.hold(NOON):
        tomorrow = NOON + timedelta(days=1)
        told(channel).tell(
            "message", None, at=tomorrow, identities=[["phone", AYU]], name="", text="halo", provider_id="in-1"
        )
        outbound(channel, make_contact(channel.workspace, "Budi", BUDI), provider_id="out-1")
        told(channel).tell_receipts(["out-1"], "read", at=tomorrow)
        take_in(channel)
    assert Message.objects.get(direction="inbound").created_at == NOON
    assert Message.objects.get(direction="outbound").read_at == NOON
    assert Event.objects.get(kind="message_read").time == NOON


def test_a_quoted_message_is_found(channel: Channel) -> None:
    ayu = make_contact(channel.workspace, "Ayu", AYU)
    sent = outbound(channel, ayu, provider_id="out-1", origin_kind="member", idempotency_key="member:1")
    told(channel).tell_message(AYU, "yang ini kak", "in-1", quoted_provider_id="out-1")
    told(channel).tell_message(AYU, "atau yang itu", "in-2", quoted_provider_id="never-seen")
    take_in(channel)
    assert list(Message.objects.filter(direction="inbound").order_by("id").values_list("quoted", flat=True)) == [
        sent.pk,
        None,
    ]


def test_text_from_outside_may_hold_anything(channel: Channel) -> None:
    for n, text in enumerate(("", "'; DROP TABLE x; --", "{{ 7*7 }}", "<script>", "🙏" * 3000, "%s %(x)s")):
        told(channel).tell_message(AYU, text, f"in-{n}")
    take_in(channel)
    assert Message.objects.count() == 6
    assert not RawEvent.objects.filter(processed_at=None).exists()


def test_the_first_answer_to_a_broadcast_is_an_event_once(channel: Channel) -> None:
    ayu = make_contact(channel.workspace, "Ayu", AYU)
    sent = outbound(channel, ayu, origin_id=7)
    with clock.hold(NOON):
        told(channel).tell_message(AYU, "Harga berapa?", "in-1")
        told(channel).tell_message(AYU, "Halo?", "in-2")
        take_in(channel)
        told(channel).tell_message(AYU, "Kak?", "in-3")
        take_in(channel)
    first = Message.objects.get(provider_id="in-1")
    event = Event.objects.get(kind="broadcast_replied")
    assert event.data == {"broadcast": 7, "message": first.pk, "to": sent.pk}


def test_a_word_long_after_a_broadcast_is_no_answer_unless_it_quotes_it(channel: Channel) -> None:
    ayu = make_contact(channel.workspace, "Ayu", AYU)
    outbound(channel, ayu, sent_at=NOON - timedelta(days=30), provider_id="out-1")
    with clock.hold(NOON):
        told(channel).tell_message(AYU, "Pagi", "in-1")
        take_in(channel)
        assert not Event.objects.filter(kind="broadcast_replied").exists()
        told(channel).tell_message(AYU, "Masih berlaku?", "in-2", quoted_provider_id="out-1")
        take_in(channel)
    assert Event.objects.filter(kind="broadcast_replied").count() == 1


def test_an_order_of_a_stranger_is_kept_with_its_contact(channel: Channel) -> None:
    for _ in range(2):
        told(channel).tell("order", None, number="GN-9", identities=[["phone", AYU]], voucher_code="")
    take_in(channel)
    assert Order.objects.get().contact == Contact.objects.get()


def test_a_changed_connection_is_the_channels_new_state(channel: Channel) -> None:
    later = clock.now() + timedelta(minutes=1)
    told(channel).tell("connection", None, at=later, state="logged_out", detail={"why": "unlinked"})
    told(channel).tell("connection", None, at=later - timedelta(hours=1), state="connected")
    take_in(channel)
    channel.refresh_from_db()
    assert (channel.state, channel.state_detail) == ("logged_out", {"why": "unlinked"})


def test_a_click_on_a_foreign_link_is_no_click_and_no_trouble(channel: Channel) -> None:
    from wabolt.lib.errors import DomainError

    told(channel).tell("click", None, url="https://elsewhere.example/x", user_agent="Phone")
    refusal = DomainError("no", code="unknown_link")
    with mock.patch.object(intake, "record_click", side_effect=refusal) as asked:
        take_in(channel)
    assert asked.call_args.kwargs["token"] == "x"
    assert not RawEvent.objects.filter(processed_at=None).exists()


class TestBrokenEvents:
    def test_a_poisoned_event_stops_no_other_and_is_left_after_five_attempts(self, channel: Channel) -> None:
        world = told(channel)
        world.tell_message(AYU, "satu", "in-1")
        world.tell("poison", "p1", why="bad")
        world.tell_message(BUDI, "dua", "in-2")
        assert take_in(channel) == 3 + 4
        assert Message.objects.count() == 2
        raw = RawEvent.objects.get(processed_at=None)
        assert (raw.attempts, raw.error) == (5, "ValueError: bad")
        counts = event_counts(channel.workspace, [channel.pk])[channel.pk]
        assert counts == EventCounts(waiting=0, poisoned=1, unknown=0)

    def test_an_event_that_cannot_be_stored_stops_no_other(self, channel: Channel) -> None:
        world = told(channel)
        for n in range(9):
            world.tell_message(f"+62812000001{n:02}", "halo", f"in-{n}")
        # A kind of address that no column holds: storing raises, not parsing.
        strange = [["a_kind_that_no_column_has_room_for", "nobody"]]
        world.tell("message", "bad", identities=strange, name="", text="x", provider_id="in-x")
        for n in range(9, 14):
            world.tell_message(f"+62812000001{n:02}", "halo", f"in-{n}")
        take_in(channel)
        assert Message.objects.count() == Conversation.objects.count() == 14
        raw = RawEvent.objects.get(processed_at=None)
        assert raw.attempts == 5
        assert raw.error.startswith("DataError")

    def test_an_unknown_kind_is_kept_counted_and_not_tried_again(self, channel: Channel) -> None:
        told(channel).tell("poll_vote", "v1")
        assert take_in(channel) == 1
        raw = RawEvent.objects.get()
        assert raw.processed_at is not None
        assert raw.error == "unknown: poll_vote"
        assert event_counts(channel.workspace, [channel.pk])[channel.pk].unknown == 1

    def test_trouble_of_the_database_is_nobodys_fault(self, channel: Channel) -> None:
        told(channel).tell_message(AYU, "halo", "in-1")
        collect(channel)
        deadlock = OperationalError("deadlock detected")
        deadlock.__cause__ = DeadlockDetected()
        with mock.patch.object(intake, "touch_contacts", side_effect=deadlock), pytest.raises(OperationalError):
            process_raw_events(channel)
        assert RawEvent.objects.get().attempts == 0
        assert not Message.objects.exists()
        take_in(channel)
        assert Message.objects.count() == 1

    def test_an_event_mends_itself_when_the_trouble_is_over(self, channel: Channel) -> None:
        told(channel).tell_message(AYU, "halo", "in-1")
        collect(channel)
        with mock.patch.object(intake, "touch_contacts", side_effect=KeyError("bug")):
            process_raw_events(channel)
        assert RawEvent.objects.get().attempts == 1
        take_in(channel)
        raw = RawEvent.objects.get()
        assert raw.processed_at is not None
        assert raw.error == ""

    @pytest.mark.parametrize(
        "step", ["touch_contacts", "record_events", "answer_arrivals", "_set_aside", "_store_purchases"]
    )
    def test_a_kill_at_any_step_leaves_nothing_or_all(self, channel: Channel, step: str) -> None:
        world = told(channel)
        world.tell_message(AYU, "halo", "in-1")
        world.tell("order", "o1", number="GN-1", identities=[["phone", BUDI]], voucher_code="")
        collect(channel)
        # SystemExit simulates the kill: it is not caught, and the transaction is rolled back as with the process.
        with mock.patch.object(intake, step, side_effect=SystemExit), pytest.raises(SystemExit):
            process_raw_events(channel)
        assert not Contact.objects.exists()
        assert not Message.objects.exists()
        assert take_in(channel) == 2
        assert Message.objects.count() == Order.objects.count() == Conversation.objects.count() == 1
        kinds = Counter(Event.objects.values_list("kind", flat=True))
        assert kinds["message_received"] == 1
        assert kinds["contact_created"] == 2


def test_events_of_another_channel_and_workspace_are_left_alone(channel: Channel) -> None:
    other = make_channel()
    make_contact(other.workspace, "Ayu di toko lain", AYU)
    told(channel).tell_message(AYU, "halo", "in-1")
    told(other).tell_message(AYU, "halo", "in-1")
    collect(other)
    take_in(channel)
    assert Message.objects.get().workspace == channel.workspace
    assert RawEvent.objects.filter(channel=other, processed_at=None).count() == 1
    take_in(other)
    assert Message.objects.filter(provider_id="in-1").values("contact").distinct().count() == 2


def test_who_hears_of_a_message_can_see_it(channel: Channel) -> None:
    heard: list[tuple[str, int]] = []

    def hear(arrivals: list[Arrival], **kwargs: object) -> None:
        heard.extend((arrival.message.text, arrival.contact.pk) for arrival in arrivals)

    message_received.connect(hear)
    try:
        told(channel).tell_message(AYU, "halo", "in-1")
        take_in(channel)
    finally:
        message_received.disconnect(hear)
    assert heard == [("halo", Contact.objects.get().pk)]


def test_more_messages_take_no_more_statements(channel: Channel) -> None:
    def statements(count: int, start: int) -> int:
        for n in range(start, start + count):
            make_contact(channel.workspace, f"Kontak {n}", f"+62813{n:08}")
            told(channel).tell_message(f"+62813{n:08}", "halo", f"many-{n}")
        collect(channel)
        with CaptureQueriesContext(connection) as captured:
            process_raw_events(channel)
        return len(captured)

    assert statements(3, 100) == statements(30, 200)


class TestReceipts:
    """Any order of arrival gives the same state (test_rules_states has the law)."""

    @pytest.mark.parametrize("order", list(permutations(("sent", "delivered", "read"))))
    def test_the_last_word_is_the_same_for_every_order(self, channel: Channel, order: tuple[str, ...]) -> None:
        sent = outbound(channel, make_contact(channel.workspace), provider_id="out-1")
        for kind in (*order, *order):
            told(channel).tell_receipts(["out-1"], kind)
            take_in(channel)
        sent.refresh_from_db()
        assert sent.state == "read"
        assert Receipt.objects.filter(message=sent).count() == 3
        assert Event.objects.filter(kind="message_read").count() == 1

    def test_a_receipt_settles_an_unknown_message(self, channel: Channel) -> None:
        lost = outbound(channel, make_contact(channel.workspace), state="unknown", provider_id=None, sent_at=None)
        told(channel).tell_receipts(["out-9"], "delivered", ref=str(lost.pk))
        take_in(channel)
        lost.refresh_from_db()
        assert (lost.state, lost.provider_id) == ("delivered", "out-9")

    def test_a_receipt_of_a_message_we_never_had_is_no_trouble(self, channel: Channel) -> None:
        told(channel).tell_receipts(["never-seen"], "read")
        take_in(channel)
        assert not RawEvent.objects.filter(processed_at=None).exists()
