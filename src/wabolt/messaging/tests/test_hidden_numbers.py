"""Contacts whose number WhatsApp hides, and their merge with the contact that has the number."""

from wabolt.channels.tests.scripted import ScriptedProvider
from wabolt.consent import queries as consent
from wabolt.consent.services import create_defaults
from wabolt.consent.tests.factories import give_consent, say_stop
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.queries import find_by_identity
from wabolt.contacts.tests.factories import make_contact
from wabolt.messaging import services
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.store.models import Conversation, Message

LID = ["lid", "1002003"]
PHONE = ["phone", "+6281234567890"]


def write(world, key, text, *identities):
    world.tell("message", key, provider_id=key, name="Rani", text=text, identities=list(identities))


def test_a_person_without_a_number_is_answered_by_lid(channel, world, monkeypatch):
    capabilities = ScriptedProvider.capabilities
    monkeypatch.setattr(
        ScriptedProvider,
        "capabilities",
        type(capabilities)(1_000_000, 1_000_000, identity_kinds=frozenset({"phone", "lid"}), is_simulation=True),
    )
    create_defaults(workspace=channel.workspace)
    write(world, "in-1", "JOIN", LID)
    work_lane_once(channel)
    work_lane_once(channel)
    assert [(out.to_kind, out.to) for out in world.taken] == [("lid", "1002003")]
    assert consent.consent_of(channel.workspace, Contact.objects.get().pk, "marketing").state == "granted"


def test_the_number_that_shows_later_joins_them_and_doubles_nothing(channel, world):
    known = make_contact(channel.workspace, "Rani Wulandari", phone=PHONE[1])
    write(world, "in-1", "Halo", LID)
    work_lane_once(channel)
    assert Contact.objects.count() == 2
    write(world, "in-2", "Ini nomor saya", PHONE, LID)
    work_lane_once(channel)
    assert find_by_identity(channel.workspace, *LID) == find_by_identity(channel.workspace, *PHONE) == known
    assert set(Message.objects.values_list("contact", flat=True)) == {known.pk}
    assert Conversation.objects.get().contact_id == known.pk
    assert Event.objects.filter(kind="message_received").count() == 2


def test_a_batch_joins_a_hidden_id_and_its_number(channel, world):
    known = make_contact(channel.workspace, phone=PHONE[1])
    write(world, "in-0", "Sebelumnya", LID)
    work_lane_once(channel)
    write(world, "in-1", "Halo", LID)
    write(world, "in-2", "Ini saya", PHONE, LID)
    write(world, "in-3", "Lagi", LID)
    work_lane_once(channel)
    assert set(Message.objects.values_list("contact", flat=True)) == {known.pk}


def test_two_people_with_numbers_of_their_own_stay_two(channel, world):
    make_contact(channel.workspace, phone=PHONE[1])
    write(world, "in-1", "Halo", ["phone", "+6281999999999"], LID)
    work_lane_once(channel)
    write(world, "in-2", "Halo", PHONE, LID)
    work_lane_once(channel)
    assert Contact.objects.filter(erased_at=None).count() == 2


def test_a_stop_of_either_holds_for_both(channel, world):
    known = make_contact(channel.workspace, phone=PHONE[1])
    give_consent(channel.workspace, [known.pk])
    write(world, "in-1", "Halo", LID)
    work_lane_once(channel)
    say_stop(channel.workspace, [find_by_identity(channel.workspace, *LID).pk])
    write(world, "in-2", "Halo", PHONE, LID)
    work_lane_once(channel)
    assert consent.consent_of(channel.workspace, known.pk, "marketing").state == "withdrawn"


def test_what_waits_for_the_hidden_one_waits_for_the_person(channel, world):
    known = make_contact(channel.workspace, phone=PHONE[1])
    write(world, "in-1", "Halo", LID)
    work_lane_once(channel)
    hidden = find_by_identity(channel.workspace, *LID)
    for contact in (known, hidden):
        services.queue_messages(
            workspace=channel.workspace,
            channel=channel,
            contact_ids=[contact.pk],
            draft=services.Draft(purpose="service", origin_kind="broadcast", origin_id=7, text="Halo"),
        )
    write(world, "in-2", "Halo", PHONE, LID)
    work_lane_once(channel)
    while work_lane_once(channel):
        pass
    assert len(world.taken) == 1, "one broadcast writes to one person once, whoever they were"
