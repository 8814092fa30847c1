"""Consumers of the event log: exactly once, halving, parking, retries, leases."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from django.db import OperationalError, connection

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import queries, services
from wabolt.contacts.models import Consumer, Event, ParkedEvent
from wabolt.contacts.registry import EventConsumer, LoggedEvent
from wabolt.contacts.services.consumers import CRASHES, ConsumerWorker, consumer_leases
from wabolt.contacts.tests.consumers import COPY, NAME, copy_events, effect_table, effects, wait_for_horizon
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.errors import DomainError
from wabolt.lib.lease import LeaseLostError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _table(transactional_db: None) -> Iterator[None]:
    with effect_table():
        yield


def add(*kinds: str) -> list[int]:
    """Appends events of one contact behind the consumer's offset; their ids."""
    workspace = make_workspace()
    contact = make_contact(workspace)
    wait_for_horizon()
    start = queries.end_of_log()
    Consumer.objects.update_or_create(name=NAME, defaults={"position": start.position, "event_id": start.event_id})
    services.record_events(workspace=workspace, events=[services.NewEvent(contact.pk, kind) for kind in kinds])
    wait_for_horizon()
    return list(Event.objects.filter(kind__in=kinds).order_by("id").values_list("id", flat=True))


def worker(consumer: EventConsumer = COPY) -> ConsumerWorker:
    leases = consumer_leases()
    with connection.cursor() as cursor:
        [lease] = leases.acquire(cursor, [NAME])
    return ConsumerWorker(consumer, leases, lease)


def work_off(consumer: ConsumerWorker) -> int:
    moved = 0
    while size := consumer.turn():
        moved += size
    return moved


def test_every_event_takes_effect_once_and_in_order() -> None:
    ids = add(*["tick"] * 250)
    one = worker()
    assert work_off(one) == 250
    assert work_off(one) == 0
    assert effects() == ids


def test_the_culprits_are_parked_and_the_others_take_effect() -> None:
    ids = add("a", "b", "poison", "c", "d", "poison", "e")
    assert work_off(worker()) == 7
    assert effects() == [ids[0], ids[1], ids[3], ids[4], ids[6]]
    parked = ParkedEvent.objects.order_by("event_id")
    assert [row.event_id for row in parked] == [ids[2], ids[5]]
    assert parked[0].error == "ValueError: poison"


def test_a_batch_of_kinds_passes_the_others_over() -> None:
    ids = add("x", "wanted", "poison", "wanted")
    some = replace(COPY, kinds=frozenset({"wanted"}), batch=2)
    assert work_off(worker(some)) == 4
    assert effects() == [ids[1], ids[3]]


def test_a_retry_takes_effect_once_and_a_second_failure_parks_again() -> None:
    [poison] = add("poison")
    one = worker()
    work_off(one)
    row = ParkedEvent.objects.get()
    services.retry_parked_event(workspace=row.workspace, parked_id=row.pk)
    work_off(one)
    row.refresh_from_db()
    assert (row.attempts, row.retry_at) == (2, None)
    services.retry_parked_event(workspace=row.workspace, parked_id=row.pk)
    mended = replace(COPY, handle=lambda events: copy_events([replace(event, kind="fine") for event in events]))
    one.consumer = mended
    work_off(one)
    assert effects() == [poison]
    assert not ParkedEvent.objects.exists()


def test_a_parked_event_is_dropped_only_by_its_own_shop() -> None:
    add("poison")
    work_off(worker())
    row = ParkedEvent.objects.get()
    with pytest.raises(DomainError):
        services.drop_parked_event(workspace=make_workspace("Lain"), parked_id=row.pk)
    services.drop_parked_event(workspace=row.workspace, parked_id=row.pk)
    assert not ParkedEvent.objects.exists()


def test_trouble_of_the_database_parks_nothing() -> None:
    ids = add("a", "b")
    failures = iter([True, True])

    def handle(events: Sequence[LoggedEvent]) -> None:
        copy_events(events)
        if next(failures, False):
            raise OperationalError("deadlock detected")

    one = worker(replace(COPY, handle=handle))
    for _ in range(2):
        with pytest.raises(OperationalError):
            one.turn()
        assert effects() == []
    assert work_off(one) == 2
    assert effects() == ids
    assert not ParkedEvent.objects.exists()


def test_an_event_that_always_troubles_the_database_is_parked_in_the_end() -> None:
    ids = add("a", "bad", "c")

    def handle(events: Sequence[LoggedEvent]) -> None:
        if any(event.kind == "bad" for event in events):
            raise OperationalError("canceling statement due to statement timeout")
        copy_events(events)

    one = worker(replace(COPY, handle=handle))
    for _ in range(40):
        try:
            if not one.turn():
                break
        except OperationalError:
            continue
    assert effects() == [ids[0], ids[2]]
    assert ParkedEvent.objects.get().event_id == ids[1]


def test_an_event_that_kills_every_process_is_parked() -> None:
    ids = add("deadly", "a", "b")

    def handle(events: Sequence[LoggedEvent]) -> None:
        if any(event.kind == "deadly" for event in events):
            raise KeyboardInterrupt  # what no handler of errors catches, as after SIGKILL
        copy_events(events)

    for _ in range(CRASHES):
        with pytest.raises(KeyboardInterrupt):
            worker(replace(COPY, handle=handle)).turn()
        Consumer.objects.update(holder="")
    work_off(worker(replace(COPY, handle=handle)))
    assert effects() == ids[1:]
    assert ParkedEvent.objects.get().error.startswith("ProcessDiedError")
    assert Consumer.objects.get(name=NAME).crashes == 0


def test_a_thawed_process_writes_nothing() -> None:
    ids = add("a", "b")
    frozen = worker()
    Consumer.objects.update(holder="", beat=10)  # as a contender would find it after the duration
    fresh = worker()
    with pytest.raises(LeaseLostError):
        frozen.turn()
    assert effects() == []
    work_off(fresh)
    with pytest.raises(LeaseLostError):
        frozen.turn()
    assert effects() == ids


def test_lag_counts_what_is_unread_and_parked_per_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    from wabolt.contacts.registry import event_consumers

    monkeypatch.setattr(event_consumers, "_consumers", {NAME: COPY})
    add("a", "poison", "b")
    workspace = Event.objects.get(kind="poison").workspace
    [lag] = queries.consumer_lags(workspace)
    assert (lag.unread, lag.parked) == (3, 0)
    assert queries.consumer_lags(make_workspace("Lain"))[0].unread == 0
    services.run_consumers_once()
    [lag] = queries.consumer_lags(workspace)
    assert (lag.unread, lag.parked) == (0, 1)
    assert [row.kind for row in queries.parked_events(workspace)] == ["poison"]
