"""Warnings of a vendor, and events of a chat that are not messages to us."""

from dataclasses import replace
from datetime import timedelta

import pytest

from wabolt.accounts.models import AuditEntry
from wabolt.channels.models import Channel
from wabolt.channels.registry import Ambiguous, Refused
from wabolt.channels.tests.scripted import ScriptedProvider
from wabolt.contacts.models import Contact, Event
from wabolt.lib import clock
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.store.models import Conversation, Message
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service


@pytest.fixture
def careful(monkeypatch):
    """A number that writes promotions only to people who have written to it."""
    monkeypatch.setattr(
        ScriptedProvider, "capabilities", replace(ScriptedProvider.capabilities, only_known_people=True)
    )


def test_strangers_get_no_promotion_from_a_careful_number(channel, world, careful):
    known, stranger = make_people(channel.workspace, 2)
    Contact.objects.filter(pk=known.pk).update(last_inbound_at=clock.now())
    queue_promotion(channel, [known, stranger])
    queue_service(channel, [stranger], "Pesanan Kakak siap")
    while work_lane_once(channel):
        pass
    told = dict(Message.objects.filter(purpose="marketing").values_list("contact", "reason"))
    assert told == {known.pk: "", stranger.pk: "never_wrote"}
    assert len(world.taken) == 2, "and service messages still go to anybody"


def test_strangers_get_it_where_the_owner_lifted_that(channel, world, careful):
    queue_promotion(channel, make_people(channel.workspace, 1), to_strangers=True)
    assert work_lane_once(channel) == 1


def test_a_warning_pauses_the_lane_with_words_and_an_end(channel, world, held):
    people = make_people(channel.workspace, 3)
    messages = queue_service(channel, people)
    world.script[str(messages[0].pk)] = Refused("reach_out_locked", "463", timedelta(hours=24))
    assert work_lane_once(channel) == 3
    lane = Lane.objects.get(channel=channel)
    assert (lane.paused_at, lane.resume_at) == (held.moment, held.moment + timedelta(hours=24))
    assert lane.paused_reason == "WhatsApp membatasi chat ke orang baru"
    queue_service(channel, people[:1], "Satu lagi")
    assert work_lane_once(channel) == 0
    with clock.hold(lane.resume_at):
        assert work_lane_once(channel) == 1
    entries = AuditEntry.objects.filter(target_id=channel.pk).order_by("pk")
    assert list(entries.values_list("action", "user", "actor")) == [
        ("channel.pause", None, "system"),
        ("channel.resume", None, "system"),
    ]


def test_a_persons_own_pause_is_not_ended_by_a_warning(channel, world):
    Lane.objects.create(channel=channel, paused_at=clock.now(), paused_reason="libur")
    world.tell("connection", state="banned", detail={"until": (clock.now() + timedelta(hours=2)).isoformat()})
    work_lane_once(channel)
    lane = Lane.objects.get(channel=channel)
    assert (lane.paused_reason, lane.resume_at) == ("libur", None)


def test_a_ban_for_a_while_rests_and_warms_up_again(channel, world, held):
    until = held.moment + timedelta(hours=6)
    world.tell("connection", state="banned", detail={"until": until.isoformat(), "code": "blocked_by_users"})
    work_lane_once(channel)
    lane = Lane.objects.get(channel=channel)
    assert lane.resume_at == until + timedelta(days=1)
    after = Channel.objects.get(pk=channel.pk)
    assert (after.state, after.linked_at, after.warm_up) == ("banned", None, True)


def test_a_doubtful_message_keeps_the_id_it_went_out_under(channel, world):
    [message] = queue_service(channel, make_people(channel.workspace, 1))
    world.script[str(message.pk)] = Ambiguous("no answer", "WA-1")
    work_lane_once(channel)
    message.refresh_from_db()
    assert (message.state, message.provider_id) == ("unknown", "WA-1")
    world.tell_receipts(["WA-1"], "delivered")
    work_lane_once(channel)
    message.refresh_from_db()
    assert message.state == "delivered"


def test_what_the_shop_writes_on_its_phone_is_in_the_chat_once(channel, world):
    [ayu] = make_people(channel.workspace, 1)
    phone = ayu.identities.get().value
    world.tell_message(phone, "Masih ada?", "in-1")
    for key in (None, None):
        world.tell("own", key, provider_id="own-1", identities=[["phone", phone]], text="Ada, Kak")
    work_lane_once(channel)
    [message] = Message.objects.filter(direction="outbound")
    assert (message.state, message.origin_kind, message.text, message.contact_id) == (
        "sent",
        "phone",
        "Ada, Kak",
        ayu.pk,
    )
    conversation = Conversation.objects.get()
    assert (conversation.last_text, conversation.unread) == ("Ada, Kak", 0)


def test_reactions_edits_and_deletions_are_on_the_timeline(channel, world):
    [ayu] = make_people(channel.workspace, 1)
    phone = ayu.identities.get().value
    world.tell_message(phone, "Mau ukuran M", "in-1")
    for n, (what, text, target) in enumerate(
        [
            ("reaction", "❤️", "in-1"),
            ("edit", "Mau ukuran L", "in-1"),
            ("revoke", "", "in-1"),
            ("reaction", "👍", "gone"),
        ]
    ):
        identities = [["phone", phone]]
        world.tell("updated", what=what, provider_id=f"t-{n}", target=target, identities=identities, text=text)
    work_lane_once(channel)
    message = Message.objects.get(provider_id="in-1")
    assert message.text == "Mau ukuran L"
    kinds = list(Event.objects.filter(kind__startswith="message_").order_by("id").values_list("kind", flat=True))
    assert kinds == [
        "message_received", "message_reacted", "message_edited", "message_deleted", "message_received"
    ]  # fmt: skip
    assert Message.objects.get(provider_id="t-3").text == "💬 👍", "a reaction to a message that we do not have"


def test_a_person_edits_and_deletes_only_their_own_messages(channel, world):
    """The app refuses that too, but an id is all that a message needs to name another one."""
    ayu, rani = make_people(channel.workspace, 2)
    phones = [contact.identities.get().value for contact in (ayu, rani)]
    world.tell_message(phones[0], "Mau ukuran M", "in-1")
    [ours] = queue_service(channel, [ayu], "Harganya Rp150.000, Kak")
    work_lane_once(channel)
    for n, (target, who) in enumerate([("in-1", 1), (f"SCRIPT-{ours.pk}", 1), (f"SCRIPT-{ours.pk}", 0)]):
        told = {"target": target, "identities": [["phone", phones[who]]], "text": "Rp1"}
        world.tell("updated", what="edit", provider_id=f"t-{n}", **told)
        world.tell("updated", what="revoke", provider_id=f"r-{n}", **told)
    work_lane_once(channel)
    assert Message.objects.get(provider_id="in-1").text == "Mau ukuran M"
    assert Message.objects.get(pk=ours.pk).text == "Harganya Rp150.000, Kak"
    lines = Message.objects.filter(provider_id__startswith="t-") | Message.objects.filter(provider_id__startswith="r-")
    assert lines.count() == 6, "a line each in the conversation of whoever sent it"
    assert not Event.objects.filter(kind__in=["message_edited", "message_deleted"]).exists()


def test_the_shops_own_edit_shows_and_is_no_deed_of_the_contact(channel, world):
    [ayu] = make_people(channel.workspace, 1)
    identities = [["phone", ayu.identities.get().value]]
    world.tell("own", provider_id="ours-1", identities=identities, text="Rp150.000")
    world.tell(
        "updated", what="edit", provider_id="t-1", target="ours-1", identities=identities, text="Rp155.000", by_us=True
    )
    work_lane_once(channel)
    assert Message.objects.get().text == "Rp155.000"
    assert not Event.objects.filter(kind="message_edited").exists()
