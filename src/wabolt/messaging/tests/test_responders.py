"""Stop and start words: at once, with proof, and answered once."""

from datetime import timedelta

import pytest

from wabolt.channels.models import Channel
from wabolt.channels.providers import registry
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.models import Consent, ConsentEvent
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults, grant
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.inbound import parsing as intake
from wabolt.messaging.inbound import responders
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.outbox.services.queueing import queue_messages
from wabolt.messaging.services import Draft
from wabolt.messaging.store.models import Conversation, Message

AYU = "+6281200000001"


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
        purpose="marketing",
        source="form",
        evidence={"page": "kasir"},
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


@pytest.mark.parametrize("text", ["STOP", "stop", " S.T.O.P !! ", "Berhenti langganan", "UNSUB"])
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
    assert len(answers("stop_word")) == 2
    assert len(answers("start_word")) == 1
    assert consent_of(channel.workspace, ayu.pk).state == "withdrawn"


def test_a_stranger_who_writes_stop_first_is_believed(channel: Channel) -> None:
    say(channel, "STOP")
    contact = Contact.objects.get()
    standing = consent_of(channel.workspace, contact.pk)
    assert (standing.state, standing.suppressed) == ("withdrawn", True)
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


@pytest.mark.parametrize(
    "text", ["Stop dulu ya kak, kirimnya besok", "jangan berhenti jualan", "Masih ada stop kontak?", "", "🛑"]
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


def test_the_first_responder_that_takes_a_message_ends_the_list(channel: Channel, settings: object) -> None:
    asked: list[str] = []

    def taker(arrival: intake.Arrival) -> bool:
        asked.append("taker")
        return arrival.message.text == "ambil"

    def last(arrival: intake.Arrival) -> bool:
        asked.append("last")
        return False

    responders.taker, responders.last = taker, last  # type: ignore[attr-defined]
    try:
        settings.RESPONDERS = [f"wabolt.messaging.inbound.responders.{n}" for n in ("taker", "last")]  # type: ignore[attr-defined]
        say(channel, "ambil")
        assert asked == ["taker"]
        assert unread(channel) == 0
        say(channel, "biarkan")
        assert asked == ["taker", "taker", "last"]
        assert unread(channel) == 1
    finally:
        del responders.taker, responders.last  # type: ignore[attr-defined]


def test_what_becomes_stop_by_an_edit_is_a_stop(channel: Channel, ayu: Contact) -> None:
    World.of(channel).tell_message(AYU, "STPO", "typo-1")
    World.of(channel).tell(
        "touched", what="edit", provider_id="e-1", target="typo-1", identities=[["phone", AYU]], text="STOP"
    )
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)
    assert consent_of(channel.workspace, ayu.pk).state == "withdrawn"
    assert len(answers("stop_word")) == 1


def test_a_yes_that_is_older_than_the_stop_brings_nobody_back(channel: Channel, ayu: Contact) -> None:
    """Said in the morning to a number that was offline, and brought in after the stop of noon."""
    other = make_channel(channel.workspace)
    now = clock.now()
    World.of(channel).tell_message(AYU, "STOP", "noon", at=now - timedelta(hours=1))
    World.of(other).tell_message(AYU, "JOIN", "morning", at=now - timedelta(hours=3))
    for each in (channel, other):
        ScriptedProvider(each).collect(1000)
        process_raw_events(each)
    standing = consent_of(channel.workspace, ayu.pk)
    assert (standing.state, standing.since) == ("withdrawn", now - timedelta(hours=1))
    assert not answers("start_word")
    assert unread(other) == 1, "a person may look at it"


def test_a_yes_after_the_stop_counts_however_late_both_are_heard(channel: Channel, ayu: Contact) -> None:
    now = clock.now()
    World.of(channel).tell_message(AYU, "STOP", "first", at=now - timedelta(hours=3))
    World.of(channel).tell_message(AYU, "JOIN", "then", at=now - timedelta(hours=1))
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)
    standing = consent_of(channel.workspace, ayu.pk)
    assert (standing.allowed, standing.since) == (True, now - timedelta(hours=1))
