"""A person whose data may not be used for now gets nothing but answers about that data."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.cases import each

from wabolt.consent.services import lift_restriction, restrict
from wabolt.messaging import registry
from wabolt.messaging.gateway import work_lane_once
from wabolt.messaging.outbox.rules.policy import may_send
from wabolt.messaging.tests.factories import make_people, queue_promotion, queue_service
from wabolt.messaging.tests.test_rules_policy import GOOD, NOON

ABOUT_DATA = registry.Origin("test_about_data", "Test", answers_rights=True)


@each("purpose", ["marketing", "service"])
def test_may_send_refuses_every_purpose(purpose: str) -> None:
    decision = may_send(replace(GOOD, purpose=purpose, restricted=True), NOON)
    assert (decision.allowed, decision.reason, decision.not_before) == (False, "restricted", None)
    assert may_send(replace(GOOD, restricted=True, erased=True), datetime(2026, 1, 1, tzinfo=UTC)).reason == "erased"


def test_the_lane_refuses_what_was_queued_before_and_after(channel, world, held, monkeypatch):
    monkeypatch.setitem(registry.ORIGINS, ABOUT_DATA.kind, ABOUT_DATA)
    [ayu, budi] = make_people(channel.workspace, 2)
    before = queue_promotion(channel, [ayu, budi])
    restrict(workspace=channel.workspace, contact_id=ayu.pk)
    after = queue_service(channel, [ayu, budi], "Pesanan siap")
    answer = queue_service(channel, [ayu], "Ini data Kakak", origin_kind=ABOUT_DATA.kind)
    for _turn in range(5):
        work_lane_once(channel)
    sent = {int(out.ref) for out in world.taken}
    assert sent == {before[1].pk, after[1].pk, answer[0].pk}
    for message in (before[0], after[0]):
        message.refresh_from_db()
        assert (message.state, message.reason) == ("suppressed", "restricted")
    lift_restriction(workspace=channel.workspace, contact_id=ayu.pk)
    held.move(minutes=5)
    [again] = queue_service(channel, [ayu], "Sudah boleh lagi")
    work_lane_once(channel)
    assert world.taken[-1].ref == str(again.pk)
