"""Working a consumer of the event log: batches, halving, parking, retries.

A batch is one transaction: it fences the lease, reads the events behind the offset, calls the consumer's `handle` and
moves the offset. A process that dies in between has done nothing.
"""

import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts.models import Consumer, Event, ParkedEvent
from wabolt.contacts.queries.log import LogWindow, Offset, end_of_log, read_log
from wabolt.contacts.registry import EventConsumer, LoggedEvent, consumers
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.lease import Lease, LeaseLostError, Leases

log = logging.getLogger(__name__)

TRANSIENT = (OperationalError, InterfaceError)
"""Errors of the database itself (connection lost, deadlock, out of disk): the batch is tried again, nothing parked."""
TRANSIENT_ATTEMPTS = 6
"""Attempts after which an error of TRANSIENT on a working connection counts as the event's fault."""
CRASHES = 6
"""Processes that died in a row on one event before it is parked unread."""
ERROR_LENGTH = 300


def consumer_leases() -> Leases:
    """The leases of consumers, as one process sees them."""
    return Leases("contacts_consumer", "name", seconds=lambda: float(settings.CONSUMER_LEASE_SECONDS))


def ensure_consumers() -> None:
    """Creates the missing rows of registered consumers, each at its first offset."""
    registered = consumers()
    missing = registered.keys() - set(Consumer.objects.values_list("name", flat=True))
    rows = []
    for name in sorted(missing):
        start = Offset() if registered[name].from_start else end_of_log()
        rows.append(Consumer(name=name, position=start.position, event_id=start.event_id))
    Consumer.objects.bulk_create(rows, ignore_conflicts=True)


class ConsumerWorker:
    """Works one consumer under a lease. Not for two threads at once."""

    def __init__(self, consumer: EventConsumer, leases: Leases, lease: Lease) -> None:
        self.consumer = consumer
        self.leases = leases
        self.lease = lease
        self._transient = 0
        self._crashes = self._count_start()

    def turn(self) -> int:
        """Processes requested retries and one batch. Returns the number of events behind which the offset moved.

        Raises LeaseLostError when another process owns the consumer, and an error of TRANSIENT when the database is in
        trouble: call it again later.
        """
        self._retry_parked()
        size = max(1, self.consumer.batch >> 4 * max(0, self._crashes - 1))
        moved = self._advance(size)
        if self._crashes:
            self._crashes = 0
            Consumer.objects.filter(name=self.consumer.name).update(crashes=0)
        return moved

    def _count_start(self) -> int:
        """Deaths of processes since the last committed batch. An ended batch and an empty log set it back to 0."""
        mine = Consumer.objects.filter(name=self.consumer.name, token=self.lease.token)
        mine.update(crashes=F("crashes") + 1)
        return mine.values_list("crashes", flat=True).first() or 0

    def _advance(self, size: int) -> int:
        """Moves the offset by at most `size` events, in halves where a batch fails."""
        window: list[LogWindow] = []
        try:
            return self._run_batch(size, window)
        except LeaseLostError:
            raise
        except Exception as error:
            if isinstance(error, TRANSIENT) and self._may_pass(error):
                raise
            found = window[0]
            if found.size > 1:
                first = found.size // 2
                return self._advance(first) + self._advance(found.size - first)
            log.exception("consumer %s parks event %s", self.consumer.name, found.end.event_id)
            self._park(found, _describe(error))
            return 1

    def _may_pass(self, error: Exception) -> bool:
        self._transient += 1
        return self._transient < TRANSIENT_ATTEMPTS or isinstance(error, InterfaceError) or not connection.is_usable()

    def _run_batch(self, size: int, window: list[LogWindow]) -> int:
        started = self.lease.clock()
        with transaction.atomic():
            with connection.cursor() as cursor:
                self.leases.fence(cursor, self.lease)
            found = read_log(self._offset(), size, self.consumer.wanted())
            window.append(found)
            if self._crashes > CRASHES and found.size == 1:
                raise ProcessDiedError
            if found.events:
                self.consumer.handle(found.events)
            if found.size:
                self._move_to(found.end)
        self.lease.renewed(started, self.leases.seconds())
        self._transient = 0
        return found.size

    def _offset(self) -> Offset:
        return Offset(*Consumer.objects.values_list("position", "event_id").get(name=self.consumer.name))

    def _move_to(self, end: Offset) -> None:
        Consumer.objects.filter(name=self.consumer.name).update(
            position=end.position, event_id=end.event_id, moved_at=clock.now(), crashes=0
        )

    def _park(self, window: LogWindow, error: str) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                self.leases.fence(cursor, self.lease)
            for event in window.events:
                ParkedEvent.objects.create(
                    consumer_id=self.consumer.name,
                    workspace_id=event.workspace_id,
                    contact_id=event.contact_id,
                    event_id=event.id,
                    event_time=event.time,
                    kind=event.kind,
                    error=error,
                )
            self._move_to(window.end)

    def _retry_parked(self) -> None:
        for parked in ParkedEvent.objects.filter(consumer_id=self.consumer.name, retry_at__isnull=False).order_by("id"):
            try:
                with transaction.atomic():
                    with connection.cursor() as cursor:
                        self.leases.fence(cursor, self.lease)
                    self.consumer.handle(_events_of(parked))
                    parked.delete()
            except (LeaseLostError, *TRANSIENT):
                raise
            except Exception as error:
                log.exception("consumer %s: event %s fails again", self.consumer.name, parked.event_id)
                ParkedEvent.objects.filter(pk=parked.pk).update(
                    retry_at=None, error=_describe(error), attempts=F("attempts") + 1
                )


class ProcessDiedError(Exception):
    """Each process that handled this event died."""


def run_consumers_once() -> int:
    """Works every registered consumer until it has caught up, in this process. Returns the number of events read.

    Consumers that another process owns are passed over.
    """
    ensure_consumers()
    leases, moved = consumer_leases(), 0
    with connection.cursor() as cursor:
        taken = leases.acquire(cursor, list(consumers()))
    for lease in taken:
        worker = ConsumerWorker(consumers()[str(lease.key)], leases, lease)
        while size := worker.turn():
            moved += size
        with connection.cursor() as cursor:
            leases.release(cursor, lease)
    return moved


def retry_parked_event(*, workspace: Workspace, parked_id: int) -> None:
    """Asks for another attempt; the consumer makes it within a second. Raises DomainError for an unknown event."""
    with transaction.atomic():
        _of(workspace, parked_id).update(retry_at=clock.now())
        record_audit(workspace=workspace, action="parked_event.retry", data={"event": parked_id})


def drop_parked_event(*, workspace: Workspace, parked_id: int) -> None:
    """Forgets a parked event: its effect will never take place. Raises DomainError for an unknown event."""
    with transaction.atomic():
        _of(workspace, parked_id).delete()
        record_audit(workspace=workspace, action="parked_event.drop", data={"event": parked_id})


def _of(workspace: Workspace, parked_id: int) -> "QuerySet[ParkedEvent]":
    rows = ParkedEvent.objects.filter(workspace=workspace, pk=parked_id)
    if not rows.exists():
        raise DomainError(_("This event is no longer parked."), code="unknown_event")
    return rows


def _events_of(parked: ParkedEvent) -> list[LoggedEvent]:
    fields = ("id", "workspace_id", "contact_id", "kind", "time", "data")
    rows = Event.objects.filter(time=parked.event_time, id=parked.event_id).values_list(*fields)
    return [LoggedEvent(*row) for row in rows]


def _describe(error: BaseException) -> str:
    """The class and the first line: PostgreSQL's further lines quote values of the row."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:ERROR_LENGTH]
