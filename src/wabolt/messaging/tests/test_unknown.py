"""A member settles unknown messages: they are never sent again, and a late receipt overrides the member."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.cases import each

from wabolt.channels.models import Channel
from wabolt.contacts.models import Event
from wabolt.lib import clock
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.inbound.services.receipts import NewReceipt, settle_receipts
from wabolt.messaging.outbox.queries import reason_words
from wabolt.messaging.outbox.services.unknown import settle_unknown
from wabolt.messaging.store.models import Message
from wabolt.messaging.tests.factories import make_people, queue_promotion

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


@pytest.fixture
def doubted(channel: Channel) -> list[Message]:
    messages = queue_promotion(channel, make_people(channel.workspace, 4))
    ids = [message.pk for message in messages]
    Message.objects.filter(pk__in=ids).update(state="unknown", reason="interrupted", attempted_at=NOON)
    Message.objects.filter(pk=ids[3]).update(state="delivered", reason="", sent_at=NOON, delivered_at=NOON)
    return list(Message.objects.filter(pk__in=ids).order_by("id"))


def settle(channel: Channel, *, arrived: bool, of: list[Message] | None = None) -> int:
    ids = None if of is None else [message.contact_id for message in of]
    return settle_unknown(
        workspace=channel.workspace, origin_kind="broadcast", origin_id=1, arrived=arrived, contact_ids=ids
    )


def states() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("id").values_list("state", "reason"))


def test_what_arrived_is_sent_at_the_moment_of_its_try(channel: Channel, doubted: list[Message]) -> None:
    assert settle(channel, arrived=True, of=doubted[:1]) == 1
    doubted[0].refresh_from_db()
    assert (doubted[0].state, doubted[0].reason, doubted[0].sent_at) == ("sent", "", NOON)
    assert [event.time for event in Event.objects.filter(kind="message_sent")] == [NOON]
    assert states()[1:] == [("unknown", "interrupted")] * 2 + [("delivered", "")]
    assert settle(channel, arrived=True, of=doubted[:1]) == 0


def test_what_did_not_arrive_has_failed_and_says_who_said_so(channel: Channel, doubted: list[Message]) -> None:
    with clock.hold(NOON + timedelta(hours=1)):
        assert settle(channel, arrived=False) == 3
    assert states() == [("failed", "said_unsent")] * 3 + [("delivered", "")]
    assert Event.objects.filter(kind="message_failed").count() == 3
    assert reason_words("said_unsent") != "said_unsent"


def test_nothing_is_sent_again_by_itself(channel: Channel, world, doubted: list[Message]) -> None:  # type: ignore[no-untyped-def]
    settle(channel, arrived=False)
    work_lane_once(channel)
    assert not world.taken


def test_another_workspace_and_another_origin_are_left_alone(channel: Channel, doubted: list[Message]) -> None:
    from wabolt.accounts.tests.factories import make_workspace

    for workspace, origin in ((make_workspace("Lain"), 1), (channel.workspace, 2)):
        assert not settle_unknown(workspace=workspace, origin_kind="broadcast", origin_id=origin, arrived=True)


@each("arrived", [True, False], undone=True)
def test_a_late_receipt_overrides_the_settlement(channel: Channel, doubted: list[Message], arrived: bool) -> None:
    Message.objects.filter(pk=doubted[0].pk).update(provider_id="id-0")
    settle(channel, arrived=arrived)
    settle_receipts(channel=channel, receipts=[NewReceipt("id-0", "delivered", NOON + timedelta(hours=2))])
    doubted[0].refresh_from_db()
    assert (doubted[0].state, doubted[0].reason) == ("delivered", "")
