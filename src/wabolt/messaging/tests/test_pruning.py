"""Raw events go after a while; what they became stays, and one that is told again changes nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from wabolt.channels import registry
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.services import NewRawEvent, pruning, store_raw_events
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.messaging.inbound.models import Receipt
from wabolt.messaging.inbound.services.intake import process_raw_events
from wabolt.messaging.store.models import Message

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
AYU = "+6281200000001"


@pytest.fixture(autouse=True)
def _thirty_days(settings: object) -> Iterator[None]:
    settings.RAW_EVENT_DAYS = 30  # type: ignore[attr-defined]
    return


def stored(channel: Channel, age: int, *, kind: str = "message", error: str = "", waits: bool = False) -> RawEvent:
    at = NOON - timedelta(days=age)
    return RawEvent.objects.create(
        channel=channel,
        kind=kind,
        payload={},
        occurred_at=at,
        received_at=at,
        processed_at=None if waits else at,
        error=error,
    )


def prune(**more: int) -> int:
    with clock.hold(NOON):
        return pruning.prune_raw_events(**more)


@pytest.mark.django_db
def test_what_was_understood_long_ago_goes_and_nothing_else() -> None:
    channel = make_channel()
    old, poisoned, ancient_wrong = (
        stored(channel, 31),
        stored(channel, 400, waits=True),
        stored(channel, 200, error="x"),
    )
    kept = [stored(channel, 29), stored(channel, 100, error="unknown: poll"), stored(channel, 60, waits=True), poisoned]
    assert prune() == 2
    assert set(RawEvent.objects.values_list("pk", flat=True)) == {raw.pk for raw in kept}
    assert {old.pk, ancient_wrong.pk}.isdisjoint(raw.pk for raw in kept)
    assert prune() == 0


@pytest.mark.django_db
def test_batches_reach_behind_what_is_kept() -> None:
    channel = make_channel()
    for _number in range(5):
        stored(channel, 90, waits=True)
    for _number in range(7):
        stored(channel, 80)
    assert prune(batch=3) == 7
    assert RawEvent.objects.count() == 5


@pytest.mark.django_db
def test_pruning_keeps_the_newest_state_of_each_number() -> None:
    first, second = make_channel(), make_channel()
    stored(first, 300, kind="connected")
    newest = [stored(first, 200, kind="banned"), stored(second, 100, kind="connected")]
    stored(first, 90)
    assert prune() == 2
    assert set(RawEvent.objects.all()) == set(newest)


@pytest.mark.django_db
def test_an_event_told_again_after_its_row_is_gone_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    World.of(channel).tell_message(AYU, "STOP", "in-1", name="Ayu")
    with clock.hold(NOON - timedelta(days=40)):
        ScriptedProvider(channel).collect(100)
        process_raw_events(channel)
    sent = Message.objects.create(
        workspace=channel.workspace, channel=channel, contact=Contact.objects.get(), direction="outbound", state="sent",
        origin_kind="broadcast", origin_id=1, provider_id="out-1", sent_at=NOON - timedelta(days=40),
    )  # fmt: skip
    World.of(channel).tell_receipts(["out-1"], "delivered")
    with clock.hold(NOON - timedelta(days=39)):
        ScriptedProvider(channel).collect(100)
        process_raw_events(channel)

    def facts() -> tuple[object, ...]:
        sent.refresh_from_db()
        ayu = Contact.objects.get()
        consent = consent_of(channel.workspace, ayu.pk, "marketing")
        return (Message.objects.count(), Receipt.objects.count(), sent.state, ayu.last_inbound_at, consent)

    before, events = facts(), list(RawEvent.objects.order_by("id"))
    assert prune() == len(events) == 2
    again = [NewRawEvent(raw.kind, raw.payload, raw.occurred_at, raw.dedupe_key) for raw in events]
    assert store_raw_events(channel=channel, events=again) == 2
    with clock.hold(NOON):
        assert process_raw_events(channel).processed == 2
    assert facts() == before
    assert before[2] == "delivered"
