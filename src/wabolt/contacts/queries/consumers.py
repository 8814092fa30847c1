"""The progress of the consumers of the event log."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import CharField, Count, Func, QuerySet, Value

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import ParkedEvent
from wabolt.contacts.registry import EventConsumer, consumers
from wabolt.lib.sql import statement

LAG_COUNTED = 100_000
"""Unread events are counted up to this many."""

_LAG = statement(__file__, "consumer_lag")


@dataclass(frozen=True, slots=True)
class ConsumerLag:
    """`unread`: events not yet read, at most LAG_COUNTED; `parked`: events set aside; `moved_at`: when the consumer
    last committed a batch, None before its first start."""

    consumer: EventConsumer
    unread: int
    parked: int
    moved_at: datetime | None


def consumer_lags(workspace: Workspace | None) -> list[ConsumerLag]:
    """The lag of every registered consumer, over the events of one workspace or (None) of all."""
    registered = consumers()
    values = {"workspace": workspace.pk if workspace else None, "limit": LAG_COUNTED, "names": list(registered)}
    with connection.cursor() as cursor:
        cursor.execute(_LAG, values)
        found = {name: row for name, *row in cursor.fetchall()}
    return [ConsumerLag(consumer, *found.get(name, (0, 0, None))) for name, consumer in registered.items()]


def count_parked_events() -> list[tuple[str, str, str, int]]:
    """(consumer, kind of event, class of the error, number) of the parked events of all workspaces, most first."""
    error_class = Func("error", Value(":"), 1, function="split_part", output_field=CharField())
    counted = (
        ParkedEvent.objects.annotate(error_class=error_class)
        .values("consumer_id", "kind", "error_class")
        .annotate(number=Count("pk"))
        .order_by("-number", "consumer_id", "kind")
    )
    return list(counted.values_list("consumer_id", "kind", "error_class", "number")[:100])


def parked_events(workspace: Workspace) -> "QuerySet[ParkedEvent]":
    """The parked events of a workspace, newest first, each with its contact."""
    return ParkedEvent.objects.filter(workspace=workspace).select_related("contact").order_by("-id")
