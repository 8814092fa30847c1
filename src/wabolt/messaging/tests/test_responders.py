"""Stop and start words: at once, with proof, and answered once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.db import connection
from tests import cases

from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.models import Consent, ConsentEvent
from wabolt.consent.queries import consent_of
from wabolt.consent.services import ConsentStatement, create_defaults, grant, settle_doubt
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.outbox.services.queueing import queue_messages
from wabolt.messaging.registry import RESPONDERS, Arrival, Dialog, Responder, each, register_responder
from wabolt.messaging.services import Draft, close_dialog, open_dialog, work_lane_once
from wabolt.messaging.signals import message_received
from wabolt.messaging.store.models import Conversation, Message
from wabolt.messaging.tests.factories import queue_promotion

AYU = "+6281200000001"
NOON = datetime.now(UTC).replace(hour=5, minute=0, second=0, microsecond=0) + timedelta(days=1)
"""Noon of tomorrow in Jakarta, outside of quiet hours."""


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    path = "wabolt.channels.tests.scripted.ScriptedProvider"
    monkeypatch.setitem(registry.PROVIDERS, "simulator", path)
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    return channel


@pytest.fixture
def ayu(channel: Channel) -> Contact:
    """A contact who has said yes."""
    contact = make_contact(channel.workspace, "Ayu", AYU)
    agree(channel, contact)
    return contact


def agree(channel: Channel, contact: Contact) -> None:
    grant(
        workspace=channel.workspace,
        contact_ids=[contact.pk],
        statement=ConsentStatement("marketing", "form", evidence={"page": "kasir"}),
    )


_told = iter(range(10**9))


def say(channel: Channel, *texts: str) -> None:
    for text in texts:
        World.of(channel).tell_message(AYU, text, f"in-{next(_told)}")
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)


def answers(kind: str) -> list[Message]:
    return list(Message.objects.filter(direction="outbound", origin_kind=kind).order_by("id"))


def unread(channel: Channel) -> int:
    return Conversation.objects.get(channel=channel).unread


@cases.each("text", ["STOP", "stop", " S.T.O.P !! ", "Berhenti langganan", "UNSUB"], undone=True)
def test_a_stop_word_withdraws_at_once_with_the_message_as_proof(channel: Channel, ayu: Contact, text: str) -> None:
    say(channel, text)
    assert consent_of(channel.workspace, ayu.pk).state == "withdrawn"
    entry = ConsentEvent.objects.filter(contact=ayu).latest("seq")
    message = Message.objects.get(direction="inbound")
    assert (entry.action, entry.source, entry.evidence["message"]) == ("withdrawn", "stop_word", message.pk)
    [answer] = answers("stop_word")
    assert answer.purpose == Message.Purpose.SERVICE
    assert answer.priority == Message.Priority.REPLY
    assert answer.quoted == message
    assert unread(channel) == 0


def test_stop_cancels_what_waits_for_this_contact_and_nothing_else(channel: Channel, ayu: Contact) -> None:
    budi = make_contact(channel.workspace, "Budi", "+6281200000002")
    agree(channel, budi)
    for contact in (ayu, budi):
        queue_messages(
            workspace=channel.workspace,
            channel=channel,
            contact_ids=[contact.pk],
            draft=Draft(purpose="marketing", origin_kind="broadcast", origin_id=1, text="Promo"),
        )
    say(channel, "STOP")
    states = dict(Message.objects.filter(origin_kind="broadcast").values_list("contact", "state"))
    assert states == {ayu.pk: "cancelled", budi.pk: "queued"}


def test_stop_five_times_is_confirmed_once(channel: Channel, ayu: Contact) -> None:
    say(channel, "STOP", "stop", "STOP")
    say(channel, "STOP")
    say(channel, "berhenti")
    assert len(answers("stop_word")) == 1
    assert ConsentEvent.objects.filter(contact=ayu, action="withdrawn").count() == 1
    assert unread(channel) == 0


def test_a_new_yes_and_a_new_stop_are_confirmed_again(channel: Channel, ayu: Contact) -> None:
    say(channel, "STOP", "JOIN", "STOP")
    assert consent_of(channel.workspace, ayu.pk).state == "withdrawn"
    assert len(answers("stop_word")) == 2
    assert len(answers("start_word")) == 1
    assert consent_of(channel.workspace, ayu.pk).state == "withdrawn"


def test_a_stranger_who_writes_stop_first_is_believed(channel: Channel) -> None:
    say(channel, "STOP")
    contact = Contact.objects.get()
    status = consent_of(channel.workspace, contact.pk)
    assert (status.state, status.suppressed) == ("withdrawn", True)
    assert len(answers("stop_word")) == 1


def test_a_start_word_is_a_yes_with_the_message_as_proof_and_one_welcome(channel: Channel) -> None:
    say(channel, "JOIN", "join")
    contact = Contact.objects.get()
    assert Consent.objects.get(contact=contact, purpose="marketing").state == "granted"
    entry = ConsentEvent.objects.get(contact=contact)
    assert entry.source == "start_word"
    assert Message.objects.filter(pk=entry.evidence["message"], direction="inbound").exists()
    [welcome] = answers("start_word")
    assert "STOP" in welcome.text
    assert channel.workspace.name in welcome.text


def test_a_start_word_brings_back_who_had_stopped(channel: Channel, ayu: Contact) -> None:
    say(channel, "STOP")
    say(channel, "GABUNG")
    assert consent_of(channel.workspace, ayu.pk).allowed


@cases.each(
    "text",
    ["Stop dulu ya kak, kirimnya besok", "jangan berhenti jualan", "Masih ada stop kontak?", "", "🛑"],
    undone=True,
)
def test_a_word_inside_a_sentence_stops_nothing_and_waits_unread(channel: Channel, ayu: Contact, text: str) -> None:
    say(channel, text)
    assert consent_of(channel.workspace, ayu.pk).state == "granted"
    assert answers("stop_word") == []
    assert unread(channel) == 1


def test_a_stop_is_no_answer_to_a_broadcast(channel: Channel, ayu: Contact) -> None:
    from wabolt.lib import clock

    Message.objects.create(
        workspace=channel.workspace,
        channel=channel,
        contact=ayu,
        direction="outbound",
        state="sent",
        origin_kind="broadcast",
        origin_id=1,
        sent_at=clock.now(),
    )
    say(channel, "STOP")
    assert not Event.objects.filter(kind="broadcast_replied").exists()


def test_the_answer_speaks_the_shop_s_language_or_its_own_words(channel: Channel, ayu: Contact) -> None:
    channel.workspace.language = "en"
    channel.workspace.save()
    say(channel, "STOP")
    assert answers("stop_word")[0].text.startswith("Done, you will get no more")
    channel.options = {**channel.options, "answers": {"start_word": "Yeay, selamat datang! Balas STOP kalau bosan."}}
    channel.save()
    say(channel, "JOIN")
    assert answers("start_word")[0].text == "Yeay, selamat datang! Balas STOP kalau bosan."


@contextmanager
def only(*chain: Responder) -> Iterator[None]:
    """These responders and no others."""
    with mock.patch.dict(RESPONDERS, {one.name: one for one in chain}, clear=True):
        yield


def test_the_first_responder_that_takes_a_message_ends_the_chain(channel: Channel) -> None:
    asked: list[str] = []

    def taker(arrival: Arrival) -> bool:
        asked.append("taker")
        return arrival.message.text == "ambil"

    def last(arrival: Arrival) -> bool:
        asked.append("last")
        return False

    with only(Responder("last", 40, each(last)), Responder("taker", 30, each(taker))):
        say(channel, "ambil")
        assert asked == ["taker"]
        assert unread(channel) == 0
        say(channel, "biarkan")
        assert asked == ["taker", "taker", "last"]
        assert unread(channel) == 1


@cases.each("fault", ["python", "database"], undone=True)
def test_a_responder_that_raises_hides_no_message(
    channel: Channel, ayu: Contact, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(arrival: Arrival) -> bool:
        Contact.objects.filter(pk=arrival.contact.pk).update(name="half done")
        if fault == "database":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        raise RuntimeError("a rule of the shop is broken")

    asked: list[str] = []
    after = each(lambda _arrival: bool(asked.append("next")))
    with only(Responder("broken", 20, each(broken)), Responder("next", 30, after)):
        say(channel, "Ukuran L ada?")
    message = Message.objects.get(direction="inbound")
    ayu.refresh_from_db()
    assert (message.text, unread(channel), ayu.name) == ("Ukuran L ada?", 1, "Ayu")
    assert "responder broken" in message.detail
    assert asked == ["next"]
    assert "the responder broken failed" in caplog.text


def test_a_stop_holds_if_a_later_responder_fails(channel: Channel, ayu: Contact) -> None:
    """The confirmation and the receivers of the signal fail; the stop is recorded and the message is stored."""

    def broken(**_: object) -> None:
        raise RuntimeError

    message_received.connect(broken)
    channel.options = {**channel.options, "answers": {"stop_word": "x" * 5000}}
    channel.save()
    try:
        say(channel, "STOP terima kasih")
    finally:
        message_received.disconnect(broken)
    assert consent_of(channel.workspace, ayu.pk).state == "withdrawn"
    assert Message.objects.filter(direction="inbound").count() == 1
    assert not answers("stop_word"), "its own text is too long to be sent"


def test_a_stop_that_cannot_be_stored_counts_all_the_same(channel: Channel, ayu: Contact) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE messaging_message ADD CONSTRAINT breaks"
            " CHECK (text NOT LIKE 'STOP%%' OR direction <> 'inbound')"
        )
    say(channel, "STOP")
    assert consent_of(channel.workspace, ayu.pk).state == "withdrawn"
    assert not Message.objects.filter(direction="inbound").exists()


def test_a_responder_keeps_a_dialog_in_the_conversation(channel: Channel, ayu: Contact) -> None:
    """A form of two questions: the second answer finds what the first one was."""

    def form(arrival: Arrival) -> bool:
        dialog = arrival.dialog
        if dialog is None:
            open_dialog(channel=channel, contact_id=arrival.contact.pk, responder="form", data={"step": 1})
        elif dialog.data == {"step": 1}:
            data = {"step": 2, "size": arrival.message.text}
            until = clock.now() + timedelta(hours=1)
            open_dialog(channel=channel, contact_id=arrival.contact.pk, responder="form", data=data, until=until)
        else:
            found.append(dialog)
            close_dialog(channel=channel, contact_id=arrival.contact.pk)
        return True

    found: list[Dialog] = []
    with only(Responder("form", 20, each(form))):
        say(channel, "daftar reseller", "L", "Bandung")
        assert found == [Dialog("form", {"step": 2, "size": "L"})]
        say(channel, "lagi", "M")
        with clock.hold(clock.now() + timedelta(hours=2)):
            say(channel, "mulai lagi")
        assert len(found) == 1, "the dialog had ended by itself"


def test_names_and_places_of_responders_are_taken_once() -> None:
    with only(Responder("form", 20, each(lambda _arrival: False))):
        for name, order in (("form", 30), ("other", 20)):
            with pytest.raises(ValueError, match="already"):
                register_responder(Responder(name, order, each(lambda _arrival: False)))


def test_a_doubtful_stop_holds_promotions_until_a_member_decides(channel: Channel, ayu: Contact) -> None:
    queue_promotion(channel, [ayu])
    say(channel, "stop dong udah kebanyakan")
    with clock.hold(NOON):
        work_lane_once(channel)
        assert set(Message.objects.filter(direction="outbound").values_list("state", "reason")) == {
            ("queued", "stop_doubt")
        }
        assert consent_of(channel.workspace, ayu.pk).state == "granted"
        assert unread(channel) == 1
        settle_doubt(workspace=channel.workspace, contact_id=ayu.pk, is_stop=False)
        work_lane_once(channel)
        assert set(Message.objects.filter(direction="outbound").values_list("state", flat=True)) == {"sent"}


def test_a_doubtful_stop_that_was_one_withdraws(channel: Channel, ayu: Contact) -> None:
    queue_promotion(channel, [ayu])
    say(channel, "berhenti kirim terus dong kak capek")
    settle_doubt(workspace=channel.workspace, contact_id=ayu.pk, is_stop=True)
    assert consent_of(channel.workspace, ayu.pk).state == "withdrawn"
    assert Message.objects.get(direction="outbound").reason == "opted_out"


def test_what_becomes_stop_by_an_edit_is_a_stop(channel: Channel, ayu: Contact) -> None:
    World.of(channel).tell_message(AYU, "STPO", "typo-1")
    World.of(channel).tell(
        "updated", what="edit", provider_id="e-1", target="typo-1", identities=[["phone", AYU]], text="STOP"
    )
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)
    assert consent_of(channel.workspace, ayu.pk).state == "withdrawn"
    assert len(answers("stop_word")) == 1


def test_a_yes_that_is_older_than_the_stop_does_not_end_it(channel: Channel, ayu: Contact) -> None:
    """Said in the morning to a number that was offline, and brought in after the stop of noon."""
    other = make_channel(channel.workspace)
    now = clock.now()
    World.of(channel).tell_message(AYU, "STOP", "noon", at=now - timedelta(hours=1))
    World.of(other).tell_message(AYU, "JOIN", "morning", at=now - timedelta(hours=3))
    for number in (channel, other):
        ScriptedProvider(number).collect(1000)
        process_raw_events(number)
    status = consent_of(channel.workspace, ayu.pk)
    assert (status.state, status.since) == ("withdrawn", now - timedelta(hours=1))
    assert not answers("start_word")
    assert unread(other) == 1, "a person may look at it"


def test_a_yes_after_the_stop_counts_however_late_both_are_heard(channel: Channel, ayu: Contact) -> None:
    now = clock.now()
    World.of(channel).tell_message(AYU, "STOP", "first", at=now - timedelta(hours=3))
    World.of(channel).tell_message(AYU, "JOIN", "then", at=now - timedelta(hours=1))
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)
    status = consent_of(channel.workspace, ayu.pk)
    assert (status.allowed, status.since) == (True, now - timedelta(hours=1))
