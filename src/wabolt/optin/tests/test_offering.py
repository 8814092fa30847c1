"""The list is offered in a service chat, once in 90 days and never after a stop; a YES is the evidence."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from wabolt.accounts.tests.factories import signed_in
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.models import ConsentEvent
from wabolt.consent.queries import consent_of
from wabolt.consent.services import ConsentStatement, create_defaults, grant, hold_for_doubt
from wabolt.contacts.models import Contact
from wabolt.contacts.registry import ActionRun, contact_action
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message
from wabolt.messaging.services import Draft, process_raw_events, queue_messages, work_lane_once
from wabolt.optin.models import Entry, EntryPoint, Offer
from wabolt.optin.rules.offering import ONCE_IN, OfferFacts, refusal_to_offer
from wabolt.optin.services import offer_list

AYU = "+6281200000001"
NOW = datetime(2026, 11, 29, 5, tzinfo=UTC)
_messages = iter(range(10**9))
times = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 29)).map(lambda at: at.replace(tzinfo=UTC))


@given(st.sampled_from(["granted", "withdrawn", None]), st.booleans(), times, times)
def test_the_list_is_offered_only_to_those_who_write_and_were_never_asked(
    state: str | None, suppressed: bool, wrote: datetime | None, offered: datetime | None
) -> None:
    refusal = refusal_to_offer(OfferFacts(state, suppressed, wrote, offered), NOW)
    if refusal is None:
        assert state is None
        assert not suppressed
        assert wrote is not None
        assert NOW - wrote <= timedelta(hours=24)
        assert offered is None or NOW - offered >= ONCE_IN


@pytest.fixture
def channel(db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    return channel


def say(channel: Channel, text: str) -> Contact:
    [contact] = say_together(channel, {AYU: (text, None)})
    return contact


def say_together(channel: Channel, messages: Mapping[str, tuple[str, datetime | None]]) -> list[Contact]:
    """Customers write, all at once: {phone: (text, time)}. Returns them."""
    for phone, (text, at) in messages.items():
        World.of(channel).tell_message(phone, text, f"offer-{next(_messages)}", at=at)
    ScriptedProvider(channel).collect(1000)
    process_raw_events(channel)
    found = {contact.identities.all()[0].value: contact for contact in Contact.objects.prefetch_related("identities")}
    return [found[phone] for phone in messages]


def offer(channel: Channel, contact: Contact) -> Offer:
    """Queues the offer and sends it."""
    made = offer_list(workspace=channel.workspace, contact_id=contact.pk)
    work_lane_once(channel)
    return made


def offered(channel: Channel, number: int) -> dict[str, Contact]:
    """So many customers who have written and got the offer, by their numbers."""
    phones = [f"+62812111{place:05}" for place in range(number)]
    contacts = say_together(channel, dict.fromkeys(phones, ("Halo", None)))
    for contact in contacts:
        offer_list(workspace=channel.workspace, contact_id=contact.pk)
    work_lane_once(channel)
    return dict(zip(phones, contacts, strict=True))


def state(channel: Channel, contact: Contact) -> str | None:
    return consent_of(channel.workspace, contact.pk).state


def test_a_yes_is_recorded_with_the_message(channel: Channel) -> None:
    contact = say(channel, "Kak, ongkir ke Bandung berapa?")
    made = offer(channel, contact)
    assert made.point.marketing_wording.text in Message.objects.get(direction="outbound").text
    say(channel, "Mau kak 🙏")
    entry = ConsentEvent.objects.get()
    answer = Message.objects.filter(direction="inbound").latest("pk")
    assert (entry.action, entry.source, entry.wording) == ("granted", "entry_point", made.point.marketing_wording)
    assert (entry.evidence["message"], entry.evidence["offer"]) == (answer.pk, made.pk)
    assert Entry.objects.get().point == made.point
    made.refresh_from_db()
    assert made.answered_at is not None


def test_only_a_yes_is_a_yes(channel: Channel) -> None:
    texts = ("tidak", "gak usah", "nanti saya pikir dulu", "ya?", "boleh kak \uff1f", "ya tapi ongkirnya berapa?")
    people = offered(channel, len(texts))
    say_together(channel, {phone: (text, None) for phone, text in zip(people, texts, strict=True)})
    agreed = [text for text, contact in zip(texts, people.values(), strict=True) if state(channel, contact)]
    assert not agreed
    assert Message.objects.filter(direction="inbound").count() == 2 * len(texts)


def test_a_yes_to_nothing_grants_nothing(channel: Channel) -> None:
    contact = say(channel, "ya")
    assert state(channel, contact) is None


def test_a_yes_to_a_later_message_is_no_yes_to_the_offer(channel: Channel) -> None:
    contact = say(channel, "Halo")
    offer(channel, contact)
    question = Draft(purpose="service", origin_kind="member", key="q", text="Mau dikirim hari ini, Kak?")
    queue_messages(workspace=channel.workspace, channel=channel, contact_ids=[contact.pk], draft=question)
    Message.objects.filter(origin_kind="member").update(state="sent", sent_at=clock.now())
    say(channel, "ya")
    assert state(channel, contact) is None


def test_an_offer_that_was_not_sent_cannot_be_answered_nor_one_that_is_younger(channel: Channel) -> None:
    ends = ("queued", "failed", "suppressed", "cancelled", "unknown")
    later = {-60: None, -3: None, -1: "granted", 60: "granted"}
    people = list(offered(channel, len(ends) + len(later)).items())
    said: dict[str, tuple[str, datetime | None]] = {}
    for (phone, contact), unsent in zip(people, ends, strict=False):
        Message.objects.filter(direction="outbound", contact=contact).update(state=unsent, sent_at=None)
        said[phone] = ("ya", None)
    for (phone, contact), seconds in zip(people[len(ends) :], later, strict=True):
        sent = Message.objects.get(direction="outbound", contact=contact).sent_at
        assert sent is not None
        said[phone] = ("ya", sent + timedelta(seconds=seconds))
    say_together(channel, said)
    states = [state(channel, contact) for _phone, contact in people]
    assert dict(zip([*ends, *later], states, strict=True)) == {**dict.fromkeys(ends), **later}


def test_a_message_that_was_not_sent_is_no_later_question(channel: Channel) -> None:
    contact = say(channel, "Halo")
    offer(channel, contact)
    question = Draft(purpose="service", origin_kind="member", key="q", text="Mau dikirim hari ini, Kak?")
    queue_messages(workspace=channel.workspace, channel=channel, contact_ids=[contact.pk], draft=question)
    say(channel, "ya")
    assert state(channel, contact) == "granted"


def test_a_stop_ends_the_offer(channel: Channel) -> None:
    contact = say(channel, "Halo")
    offer(channel, contact)
    say(channel, "STOP")
    say(channel, "ya")
    assert state(channel, contact) == "withdrawn"
    with pytest.raises(DomainError) as refused:
        offer(channel, contact)
    assert refused.value.code == "stopped"


def test_a_doubt_is_left_to_a_member(channel: Channel) -> None:
    contact = say(channel, "Halo")
    offer(channel, contact)
    grant(workspace=channel.workspace, contact_ids=[contact.pk], statement=ConsentStatement("marketing", "form"))
    assert hold_for_doubt(workspace=channel.workspace, contact_id=contact.pk, evidence={}, at=clock.now())
    say(channel, "ya")
    assert consent_of(channel.workspace, contact.pk).doubted
    assert not Entry.objects.exists()


def test_it_is_offered_once_in_90_days(channel: Channel) -> None:
    contact = say(channel, "Halo")
    offer(channel, contact)
    with pytest.raises(DomainError) as refused:
        offer(channel, contact)
    assert refused.value.code == "offered"
    Offer.objects.update(offered_at=clock.now() - ONCE_IN)
    offer(channel, contact)
    assert Offer.objects.count() == 2
    assert EntryPoint.objects.filter(kind="chat").count() == 1


def test_the_button_is_under_the_conversation(channel: Channel) -> None:
    contact = say(channel, "Halo")
    client = signed_in(channel.workspace, "agent")
    page = reverse("contacts:detail", args=[contact.pk])
    address = reverse("optin:offer", args=[contact.pk])
    assert address in client.get(page, {"tab": "conversation"}).content.decode()
    assert client.post(address, {"next": "//evil.example/"})["Location"] == page
    assert address not in client.get(page, {"tab": "conversation"}).content.decode()
    assert client.post(address).status_code == 302
    assert Offer.objects.count() == 1
    assert signed_in(channel.workspace, "viewer").post(address).status_code == 403


def test_the_action_offers_the_list_once_and_says_why_not(channel: Channel) -> None:
    contact = say(channel, "halo")
    stranger = make_contact(channel.workspace, phone="+6281999999999")
    action = contact_action("optin.offer_list")
    assert action is not None
    run = ActionRun(channel.workspace, {contact.pk: "a", stranger.pk: "b"}, {}, ("auto_reply", 1))
    assert dict(action.apply(run)) == {stranger.pk: "no_chat"}
    assert dict(action.apply(run)) == {contact.pk: "offered", stranger.pk: "no_chat"}
    assert Offer.objects.count() == 1
