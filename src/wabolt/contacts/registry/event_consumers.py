"""Consumers of the event log. A room registers its own in `AppConfig.ready()`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event as a consumer gets it."""

    id: int
    workspace_id: int
    contact_id: int
    kind: str
    time: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventConsumer:
    """A named, durable reader of the event log.

    `name`: stored with the offset; a renamed consumer is a new one. At most 60 characters.
    `label`: what members read on the page "Background work".
    `handle(events)`: processes one batch inside a transaction that also moves the offset. Its effects must all be in
    this database; then each takes place exactly once. It gets the events of all workspaces, in the order in which they
    were committed, at most `batch` of them. An exception rolls the batch back; the batch is halved until the failing
    event is alone, and that one is parked.
    `kinds`: the kinds of event that `handle` gets, or a function that returns them, where rooms add to them later;
    None for all.
    `from_start`: whether a new consumer begins with the oldest event or with the next one.
    """

    name: str
    label: str | Promise
    handle: Callable[[Sequence[LoggedEvent]], None]
    kinds: frozenset[str] | Callable[[], frozenset[str]] | None = None
    from_start: bool = True
    batch: int = 2000

    def wanted(self) -> frozenset[str] | None:
        """The kinds of event that `handle` gets; None for all."""
        return self.kinds() if callable(self.kinds) else self.kinds


_consumers: dict[str, EventConsumer] = {}


def register_consumer(consumer: EventConsumer) -> None:
    """Adds a consumer. A second registration of a name replaces the first."""
    _consumers[consumer.name] = consumer


def consumers() -> Mapping[str, EventConsumer]:
    """All registered consumers by name."""
    return dict(sorted(_consumers.items()))
