"""Receipts in the database: once, in any order, also before their message is known."""

import itertools
from collections import Counter
from datetime import timedelta

import pytest
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Event
from wabolt.lib import clock
from wabolt.messaging.inbound.models import Receipt
from wabolt.messaging.inbound.services.receipts import NewReceipt, match_waiting_receipts, settle_receipts
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion


@pytest.fixture
def message(channel, held):
    [message] = queue_promotion(channel, make_people(channel.workspace, 1))
    Message.objects.filter(pk=message.pk).update(state="sent", provider_id="P1", sent_at=held.moment)
    return message


def seen(message):
    fields = ("state", "sent_at", "delivered_at", "read_at", "reason", "detail", "provider_id")
    return Message.objects.values_list(*fields).get(pk=message.pk)


def test_settle_ends_the_same_for_every_order_and_repetition(channel, message, held):
    at = held.moment
    told = [
        NewReceipt("P1", "delivered", at + timedelta(seconds=5)),
        NewReceipt("P1", "read", at + timedelta(seconds=9)),
        NewReceipt("P1", "failed", at + timedelta(seconds=2), "131000"),
        NewReceipt("P1", "delivered", at + timedelta(seconds=4)),
    ]
    ends = set()
    for order in itertools.permutations(told):
        Receipt.objects.all().delete()
        Message.objects.filter(pk=message.pk).update(
            state="sent", sent_at=at, delivered_at=None, read_at=None, reason="", detail=""
        )
        for receipt in order:
            settle_receipts(channel=channel, receipts=[receipt])
        settle_receipts(channel=channel, receipts=list(order))
        ends.add(seen(message))
    assert ends == {("read", at, at + timedelta(seconds=4), at + timedelta(seconds=9), "", "", "P1")}


def test_settle_records_each_event_once(channel, message, held):
    for _ in range(2):
        settle_receipts(
            channel=channel,
            receipts=[NewReceipt("P1", "delivered", held.moment), NewReceipt("P1", "read", held.moment)] * 2,
        )
    kinds = Counter(Event.objects.filter(contact=message.contact_id).values_list("kind", flat=True))
    assert kinds["message_delivered"] == kinds["message_read"] == 1
    assert Event.objects.get(kind="message_read").data == {"message": message.pk, "broadcast": 1}


def test_settle_keeps_a_late_failure_with_its_words(channel, message, held):
    assert settle_receipts(channel=channel, receipts=[NewReceipt("P1", "failed", held.moment, "no such user")]) == 1
    assert seen(message)[0] == "failed"
    assert seen(message)[4:6] == ("not_delivered", "no such user")


def test_receipt_that_comes_too_early_waits_for_its_message(channel, message, held):
    assert settle_receipts(channel=channel, receipts=[NewReceipt("P9", "read", held.moment)]) == 0
    assert match_waiting_receipts(channel=channel) == 0
    Message.objects.filter(pk=message.pk).update(provider_id="P9")
    assert match_waiting_receipts(channel=channel) == 1
    assert seen(message)[0] == "read"
    assert Event.objects.filter(kind="message_read").count() == 1


@each(("state", "end"), [("unknown", "delivered"), ("sending", "delivered"), ("cancelled", "delivered")], undone=True)
def test_receipt_by_our_own_reference_settles_what_has_no_provider_id(channel, message, held, state, end):
    Message.objects.filter(pk=message.pk).update(state=state, provider_id=None, sent_at=None, reason="interrupted")
    settle_receipts(channel=channel, receipts=[NewReceipt("P1", "delivered", held.moment, ref=str(message.pk))])
    assert seen(message) == (end, held.moment, held.moment, None, "", "", "P1")
    assert Event.objects.filter(kind="message_sent").count() == 1


def test_receipt_of_another_channel_touches_nothing(channel, message, held):
    other = make_channel(make_workspace("Lain"))
    for ref in (str(message.pk), "9" * 30, "²", "x"):
        settle_receipts(channel=other, receipts=[NewReceipt("P1", "read", clock.now(), ref=ref)])
    assert seen(message)[0] == "sent"


def test_settle_asks_the_same_few_queries_for_one_and_for_many(channel, held, django_assert_num_queries):
    messages = queue_promotion(channel, make_people(channel.workspace, 30))
    for count in (1, 29):
        batch = [messages.pop() for _ in range(count)]
        for message in batch:
            Message.objects.filter(pk=message.pk).update(
                state="sent", provider_id=f"P{message.pk}", sent_at=held.moment
            )
        receipts = [NewReceipt(f"P{message.pk}", "read", held.moment) for message in batch]
        with django_assert_num_queries(9):
            assert settle_receipts(channel=channel, receipts=receipts) == count


HELD_BACK = timedelta(days=1)


def in_every_order(channel, message, told, start):
    """The states of the message after each order of `told`, delivered twice."""
    ends = set()
    for order in itertools.permutations(told):
        Receipt.objects.all().delete()
        Message.objects.filter(pk=message.pk).update(**start)
        for receipt in [*order, *order]:
            settle_receipts(channel=channel, receipts=[receipt])
        ends.add((*seen(message), Message.objects.values_list("not_before", flat=True).get(pk=message.pk)))
    return ends


def test_what_the_vendor_held_back_waits_for_one_more_try(channel, message, held):
    at, ref = held.moment, str(message.pk)
    start = {"state": "sent", "sent_at": at, "provider_id": "P1", "delivered_at": None, "not_before": None}
    told = [
        NewReceipt("P1", "sent", at, ref=ref),
        NewReceipt("P1", "failed", at, "user_limit 131049", ref=ref, resend_after=HELD_BACK),
    ]
    assert in_every_order(channel, message, told, start) == {("queued", None, None, None, "", "", None, at + HELD_BACK)}
    kinds = set(Event.objects.filter(contact=message.contact_id).values_list("kind", flat=True))
    assert "message_held" in kinds
    assert "message_failed" not in kinds


def test_held_back_and_yet_arrived_is_never_sent_again(channel, message, held):
    at, ref = held.moment, str(message.pk)
    start = {"state": "sent", "sent_at": at, "provider_id": "P1", "delivered_at": None, "not_before": None}
    told = [
        NewReceipt("P1", "sent", at, ref=ref),
        NewReceipt("P1", "failed", at, "user_limit 131049", ref=ref, resend_after=HELD_BACK),
        NewReceipt("P1", "delivered", at + timedelta(seconds=3), ref=ref),
    ]
    assert {end[0] for end in in_every_order(channel, message, told, start)} == {"delivered"}


def test_the_second_try_is_the_last_and_late_words_of_the_first_change_nothing(channel, message, held):
    at, ref = held.moment, str(message.pk)
    first = NewReceipt("P1", "failed", at, "user_limit 131049", ref=ref, resend_after=HELD_BACK)
    settle_receipts(channel=channel, receipts=[first])
    # The lane sends it again, the vendor calls it P2 now.
    start = {"state": "sent", "sent_at": at + HELD_BACK, "provider_id": "P2", "delivered_at": None}
    Message.objects.filter(pk=message.pk).update(**start)
    late = [first, NewReceipt("P1", "sent", at, ref=ref)]
    settle_receipts(channel=channel, receipts=late)
    assert (seen(message)[0], seen(message)[6]) == ("sent", "P2")
    again = NewReceipt("P2", "failed", at + HELD_BACK, "user_limit 131049", ref=ref, resend_after=HELD_BACK)
    settle_receipts(channel=channel, receipts=[again, *late])
    assert (seen(message)[0], seen(message)[4]) == ("failed", "user_limit")
    settle_receipts(channel=channel, receipts=[NewReceipt("P1", "read", at, ref=ref)])
    assert seen(message)[0] == "read", "the first one arrived after all"


def test_held_back_before_its_answer_was_written_down(channel, message, held):
    at, ref = held.moment, str(message.pk)
    Message.objects.filter(pk=message.pk).update(state="sending", provider_id=None, sent_at=None, lane_token=7)
    told = NewReceipt("P1", "failed", at, "user_limit 131049", ref=ref, resend_after=HELD_BACK)
    settle_receipts(channel=channel, receipts=[told])
    assert (seen(message)[0], seen(message)[6]) == ("queued", None)
    assert Message.objects.get(pk=message.pk).lane_token is None, "the answer that comes now finds nothing to change"
