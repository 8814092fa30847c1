"""One lane, turn by turn."""

from collections import Counter
from datetime import timedelta

from tests.cases import each

from wabolt.channels.registry import Later, Refused
from wabolt.channels.services import NewRawEvent
from wabolt.channels.tests.scripted import AMBIGUOUS
from wabolt.consent.tests.factories import give_consent, say_stop
from wabolt.contacts import services as contacts
from wabolt.contacts.models import Contact, Event, Field, Identity
from wabolt.contacts.queries import phone_of
from wabolt.contacts.services import add_identities
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging import queries, services
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.inbound.services.receipts import NewReceipt, settle_receipts
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.store.models import Conversation, Message, MessageContent
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service


def states(**filters):
    return Counter(Message.objects.filter(direction="outbound", **filters).values_list("state", flat=True))


def tell_receipt(world, provider_id, kind, **more):
    payload = {"at": clock.now().isoformat(), "provider_ids": [provider_id], "kind": kind, **more}
    world.told.append(NewRawEvent("receipt", payload, clock.now()))


def drain(channel):
    """Works the lane until two turns in a row send nothing. The clock is held, so later turns send nothing either."""
    sent, idle = 0, 0
    while idle < 2:
        turn = work_lane_once(channel)
        sent, idle = sent + turn, 0 if turn else idle + 1
    return sent


def test_turn_sends_what_is_queued_and_writes_it_down(channel, world, held):
    [ayu] = make_people(channel.workspace, 1)
    [message] = queue_promotion(channel, [ayu])
    assert work_lane_once(channel) == 1
    message.refresh_from_db()
    assert message.state == "sent"
    assert message.provider_id == f"SCRIPT-{message.pk}"
    assert message.attempted_at == message.sent_at == held.moment
    assert message.text == "Halo Ayu 0\n\nBalas STOP untuk berhenti berlangganan"
    assert [(out.ref, out.text) for out in world.taken] == [(str(message.pk), message.text)]
    event = Event.objects.get(contact=ayu, kind="message_sent")
    assert event.data == {"message": message.pk, "broadcast": 1}
    assert not Conversation.objects.exists(), "a promotion opens no conversation"


def test_turn_sends_a_reply_before_bulk_and_opens_its_conversation(channel, world):
    people = make_people(channel.workspace, 3)
    queue_promotion(channel, people)
    [reply] = queue_service(channel, people[2:], "Siap, Kak", priority=Message.Priority.REPLY)
    assert work_lane_once(channel, limit=1) == 1
    assert world.taken[0].ref == str(reply.pk)
    conversation = Conversation.objects.get()
    assert (conversation.contact_id, conversation.last_text, conversation.unread) == (people[2].pk, "Siap, Kak", 0)


def test_turn_writes_to_the_newest_number(channel, world):
    """People change numbers: the contact's page names the newest, and that is the one."""
    [ayu] = make_people(channel.workspace, 1)
    add_identities(workspace=channel.workspace, contact_id=ayu.pk, identities=[("phone", "+6281399990000")])
    queue_promotion(channel, [ayu])
    assert work_lane_once(channel) == 1
    assert world.taken[0].to == phone_of(ayu) == "+6281399990000"


def test_turn_never_sends_twice(channel, world):
    queue_promotion(channel, make_people(channel.workspace, 5))
    drain(channel)
    assert Counter(out.to for out in world.taken).most_common(1)[0][1] == 1
    assert states() == {"sent": 5}


@each(
    ("prepare", "reason"),
    [
        (lambda c: say_stop(c.workspace, [c.pk]), "opted_out"),
        (lambda c: Contact.objects.filter(pk=c.pk).update(erased_at=c.created_at), "erased"),
        (lambda c: Identity.objects.filter(contact=c).update(kind="code"), "no_number"),
    ],
    undone=True,
)
def test_turn_asks_the_policy_again(channel, world, prepare, reason):
    [ayu] = make_people(channel.workspace, 1)
    prepare(ayu)
    [message] = queue_promotion(channel, [Contact.objects.get(pk=ayu.pk)]) if reason != "erased" else [None]
    if message is None:
        Contact.objects.filter(pk=ayu.pk).update(erased_at=None)
        [message] = queue_promotion(channel, [ayu])
        prepare(ayu)
    work_lane_once(channel)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("suppressed", reason)
    assert not world.taken


def test_turn_suppresses_without_consent_and_for_suppressed_numbers(channel, world):
    [stranger] = make_people(channel.workspace, 1, consent=False)
    [moved] = make_people(channel.workspace, 1)
    phone = moved.identities.get(kind="phone").value
    say_stop(channel.workspace, [moved.pk])
    Identity.objects.filter(contact=moved).update(contact=stranger)
    heir = make_contact(channel.workspace, phone=None)
    give_consent(channel.workspace, [heir.pk])
    Identity.objects.filter(value=phone).update(contact=heir)
    queue_promotion(channel, [stranger, heir])
    work_lane_once(channel)
    assert dict(Message.objects.values_list("contact_id", "reason")) == {
        stranger.pk: "no_consent",
        heir.pk: "suppressed_number",
    }
    assert not world.taken


def test_turn_keeps_the_frequency_cap_also_within_one_batch(channel, world, held):
    people = make_people(channel.workspace, 2)
    queue_promotion(channel, people, origin_id=1)
    queue_promotion(channel, people, origin_id=2)
    work_lane_once(channel)
    assert states() == {"sent": 2, "suppressed": 2}
    assert set(Message.objects.filter(state="suppressed").values_list("reason", flat=True)) == {"frequency_cap"}
    held.move(days=1)
    queue_promotion(channel, people, origin_id=3)
    work_lane_once(channel)
    assert states(origin_id=3) == {"sent": 2}
    assert len(world.taken) == 4


def test_turn_holds_promotions_in_quiet_hours_and_service_not(channel, world, held):
    people = make_people(channel.workspace, 2)
    queue_promotion(channel, people)
    queue_service(channel, people)
    held.move(hours=9)
    drain(channel)
    assert states() == {"queued": 2, "sent": 2}
    held.move(hours=12)
    drain(channel)
    assert states() == {"sent": 4}


def test_turn_stops_at_the_daily_cap_until_the_workspaces_next_day(channel, world, held):
    channel.daily_cap = 3
    channel.save()
    queue_promotion(channel, make_people(channel.workspace, 5))
    drain(channel)
    assert states() == {"queued": 2, "sent": 3}
    assert Lane.objects.get().sent_today == 3
    held.move(days=1)
    drain(channel)
    assert states() == {"sent": 5}
    assert Lane.objects.get().sent_today == 2


def test_turn_keeps_pace_for_bulk_and_lets_replies_pass(channel, world, held):
    channel.messages_per_minute = 6
    channel.jitter_percent = 0
    channel.save()
    people = make_people(channel.workspace, 3)
    queue_promotion(channel, people)
    assert drain(channel) == 1
    queue_service(channel, people[:1], priority=Message.Priority.REPLY)
    assert drain(channel) == 1
    held.move(seconds=9)
    assert drain(channel) == 0
    held.move(seconds=1)
    assert drain(channel) == 1


def test_turn_takes_back_what_the_provider_wants_later(channel, world, held):
    people = make_people(channel.workspace, 2)
    first, _ = queue_promotion(channel, people)
    world.script[str(first.pk)] = Later("rate_limited", timedelta(seconds=30))
    work_lane_once(channel)
    first.refresh_from_db()
    assert (first.state, first.attempted_at, first.not_before) == ("queued", None, held.moment + timedelta(seconds=30))
    assert Lane.objects.get().sent_today == 1
    queue_service(channel, people)
    assert drain(channel) == 0, "the whole lane rests"
    del world.script[str(first.pk)]
    held.move(seconds=31)
    drain(channel)
    assert states() == {"sent": 4}
    assert len(world.taken) == 4


def test_turn_ends_refused_and_doubtful_messages_and_never_repeats_them(channel, world, held):
    refused, doubtful, good = queue_promotion(channel, make_people(channel.workspace, 3))
    world.script = {str(refused.pk): Refused("wrong_number", "not on WhatsApp"), str(doubtful.pk): AMBIGUOUS}
    drain(channel)
    held.move(hours=1)
    drain(channel)
    found = {m.pk: (m.state, m.reason) for m in Message.objects.all()}
    assert found == {
        refused.pk: ("failed", "wrong_number"),
        doubtful.pk: ("unknown", "ambiguous"),
        good.pk: ("sent", ""),
    }
    assert [out.ref for out in world.taken].count(str(doubtful.pk)) == 1


def test_turn_sends_once_more_what_the_vendor_refuses_for_now(channel, world, held):
    first, other = queue_promotion(channel, make_people(channel.workspace, 2))
    world.script[str(first.pk)] = Refused("user_limit", "131049: enough", resend_after=timedelta(days=1))
    work_lane_once(channel)
    first.refresh_from_db()
    assert (first.state, first.not_before) == ("queued", held.moment + timedelta(days=1))
    assert (first.provider_id, first.attempted_at, first.lane_token, first.text) == (None, None, None, "")
    assert states(pk=other.pk) == {"sent": 1}, "nobody else waits for it"
    held.move(days=1)
    drain(channel)
    first.refresh_from_db()
    assert (first.state, first.reason, first.detail) == ("failed", "user_limit", "user_limit 131049: enough")
    held.move(days=3)
    assert drain(channel) == 0
    assert [out.ref for out in world.taken] == [str(other.pk)]
    kinds = Counter(Event.objects.filter(contact=first.contact_id).values_list("kind", flat=True))
    assert (kinds["message_held"], kinds["message_failed"], kinds["message_sent"]) == (1, 1, 0)


def test_a_refusal_for_now_and_a_failed_status_are_two_tries_of_one_message(channel, world, held):
    [message] = queue_promotion(channel, make_people(channel.workspace, 1))
    world.script[str(message.pk)] = Refused("user_limit", "131049: enough", resend_after=timedelta(days=1))
    work_lane_once(channel)
    world.script.clear()
    held.move(days=1)
    drain(channel)
    message.refresh_from_db()
    assert message.state == "sent"
    told = NewReceipt(message.provider_id, "failed", held.moment, "user_limit 131049", resend_after=timedelta(days=1))
    settle_receipts(channel=channel, receipts=[told])
    message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "user_limit")


def test_turn_doubts_what_a_provider_had_in_hand_when_it_broke_and_slows_down(channel, world, held):
    sent, broken, untouched = queue_promotion(channel, make_people(channel.workspace, 3))
    world.script[str(broken.pk)] = RuntimeError("a vendor's bug")
    assert work_lane_once(channel) == 3
    assert [states(pk=message.pk) for message in (sent, broken, untouched)] == [
        {"unknown": 1}, {"unknown": 1}, {"queued": 1},
    ]  # fmt: skip
    queue_service(channel, make_people(channel.workspace, 1))
    assert work_lane_once(channel) == 0
    held.move(seconds=2)
    assert work_lane_once(channel) == 2
    assert states(pk=untouched.pk) == {"sent": 1}
    assert [out.ref for out in world.taken].count(str(broken.pk)) == 1


def test_a_text_that_cannot_be_read_any_more_ends_its_own_messages_and_no_lane(channel, world):
    people = make_people(channel.workspace, 2)
    broken = MessageContent.objects.create(workspace=channel.workspace, text="Diskon {% if")
    [lost] = queue_promotion(channel, people[:1], content=broken)
    [good] = queue_promotion(channel, people[1:], origin_id=2)
    drain(channel)
    lost.refresh_from_db()
    assert (lost.state, lost.reason) == ("failed", "render_failed")
    assert states(pk=good.pk) == {"sent": 1}


def test_turn_queues_again_what_the_provider_did_not_touch(channel, world, held):
    queue_promotion(channel, make_people(channel.workspace, 4))
    world.stop_after = 1
    work_lane_once(channel)
    assert states() == {"sent": 1, "queued": 3}
    assert Lane.objects.get().sent_today == 1
    world.stop_after = None
    held.move(seconds=1)
    drain(channel)
    assert states() == {"sent": 4}
    assert len(world.taken) == 4


def test_turn_fails_a_text_that_cannot_be_rendered_and_goes_on(channel, world):
    long, short = make_people(channel.workspace, 2)
    Contact.objects.filter(pk=long.pk).update(fields={"note": "x" * 5000})
    Field.objects.create(workspace=channel.workspace, key="note", label="Catatan", kind="text")
    queue_promotion(channel, [long, short], text="Halo {{ contact.fields.note }}")
    work_lane_once(channel)
    found = dict(Message.objects.values_list("contact_id", "state"))
    assert found == {long.pk: "failed", short.pk: "sent"}


def test_turn_waits_for_not_before(channel, world, held):
    queue_service(channel, make_people(channel.workspace, 1), not_before=held.moment + timedelta(minutes=5))
    assert drain(channel) == 0
    held.move(minutes=5)
    assert drain(channel) == 1


def test_turn_skips_a_paused_origin_and_a_paused_lane(channel, world, held):
    people = make_people(channel.workspace, 2)
    queue_promotion(channel, people, origin_id=7)
    services.pause_origin(workspace=channel.workspace, origin_kind="broadcast", origin_id=7)
    queue_service(channel, people)
    drain(channel)
    assert states() == {"queued": 2, "sent": 2}
    held.move(seconds=1)
    services.resume_origin(workspace=channel.workspace, origin_kind="broadcast", origin_id=7)
    services.pause_lane(channel=channel, reason="owner")
    assert drain(channel) == 0
    services.resume_lane(channel=channel)
    assert drain(channel) == 2


def test_turn_resumes_a_lane_whose_pause_ran_out(channel, world, held):
    queue_service(channel, make_people(channel.workspace, 1))
    services.pause_lane(channel=channel, reason="held", resume_at=held.moment + timedelta(hours=1))
    assert drain(channel) == 0
    held.move(hours=1)
    assert drain(channel) == 1
    assert Lane.objects.get().paused_at is None


def test_turn_waits_while_the_channel_is_offline(channel, world):
    queue_service(channel, make_people(channel.workspace, 1))
    type(channel).objects.update(state="offline")
    assert work_lane_once(channel) == 0
    assert states() == {"queued": 1}


def test_receipts_settle_what_was_sent_and_what_was_doubted(channel, world, held):
    first, second = queue_promotion(channel, make_people(channel.workspace, 2))
    world.script[str(second.pk)] = AMBIGUOUS
    work_lane_once(channel)
    tell_receipt(world, f"SCRIPT-{first.pk}", "read")
    tell_receipt(world, f"SCRIPT-{second.pk}", "delivered", ref=str(second.pk))
    work_lane_once(channel)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.delivered_at, first.read_at) == ("read", held.moment, held.moment)
    assert (second.state, second.reason, second.provider_id) == ("delivered", "", f"SCRIPT-{second.pk}")
    kinds = Counter(Event.objects.filter(contact=second.contact_id).values_list("kind", flat=True))
    assert kinds["message_sent"] == kinds["message_delivered"] == 1


def test_turn_asks_the_same_few_queries_for_one_and_for_many(channel, world, django_assert_max_num_queries):
    people = make_people(channel.workspace, 30)
    queue_promotion(channel, people)
    with django_assert_max_num_queries(45):
        work_lane_once(channel)
    assert queries.state_counts(channel.workspace, "broadcast", 1)["sent"] == 30


def test_the_newest_number_is_written_to(channel, world):
    [ayu] = make_people(channel.workspace, 1)
    contacts.update_contact(workspace=channel.workspace, contact_id=ayu.pk, phone="+6281299999999")
    queue_service(channel, [ayu])
    work_lane_once(channel)
    assert [out.to for out in world.taken] == ["+6281299999999"]
