"""The classes of data that have a retention time. Rooms register theirs in `AppConfig.ready()`; the room `privacy` lets
a shop choose the times and runs them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """One class of data.

    `key`: stored with the shop's choice. `label`: its name. `effect`: what happens to old rows, and to the figures of
    reports. `count_words(count)`: what so many rows are called, with %(count)s in it. `least_months`: the shortest time
    that a shop may choose.
    `count(workspace id, before)`: how many rows are older than `before`.
    `remove(workspace id, before, after, limit)`: removes at most `limit` of them whose id is above `after`, in one
    short transaction of the caller, and skips rows that others hold. Returns the id up to which it looked (None:
    nothing is left) and how many rows it removed.
    """

    key: str
    label: str | Promise
    effect: str | Promise
    count_words: Callable[[int], str]
    count: Callable[[int, datetime], int]
    remove: Callable[[int, datetime, int, int], tuple[int | None, int]]
    least_months: int = 1
    order: int = 100


@dataclass(frozen=True, slots=True)
class FixedRetention:
    """A class of data whose time a shop cannot choose. `words`: how long it is kept, and why."""

    key: str
    label: str | Promise
    words: str | Promise
    order: int = 100


def counting(rows: str) -> Callable[[int, datetime], int]:
    """Returns `RetentionClass.count` for the rows of a select. Its parameters are `workspace` and `before`."""

    def count(workspace_id: int, before: datetime) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({rows}) AS old", {"workspace": workspace_id, "before": before})
            return int(cursor.fetchone()[0])

    return count


def emptying(rows: str, alias: str, change: str) -> Callable[[int, datetime, int, int], tuple[int | None, int]]:
    """Returns `RetentionClass.remove` for rows that stay and lose their contents.

    `rows`: a select, as for `counting`, of the ids of the table with this `alias`; it ends in a condition. `change`:
    the statement that empties the rows whose ids are in the parameter `ids`.
    """
    batch = f"{rows} AND {alias}.id > %(after)s ORDER BY {alias}.id LIMIT %(limit)s"
    batch += f" FOR NO KEY UPDATE OF {alias} SKIP LOCKED"

    def empty(workspace_id: int, before: datetime, after: int, limit: int) -> tuple[int | None, int]:
        with connection.cursor() as cursor:
            cursor.execute(batch, {"workspace": workspace_id, "before": before, "after": after, "limit": limit})
            ids = [pk for (pk,) in cursor.fetchall()]
            if ids:
                cursor.execute(change, {"ids": ids})
        return (ids[-1] if ids else None), len(ids)

    return empty


_classes: dict[str, RetentionClass] = {}
_fixed: dict[str, FixedRetention] = {}


def register_retention(*entries: RetentionClass | FixedRetention) -> None:
    """Adds classes of data. A second registration of a key replaces the first."""
    for entry in entries:
        if isinstance(entry, RetentionClass):
            _classes[entry.key] = entry
        else:
            _fixed[entry.key] = entry


def retention_classes() -> list[RetentionClass]:
    """The classes whose time a shop chooses, in order."""
    return sorted(_classes.values(), key=lambda one: (one.order, one.key))


def fixed_retentions() -> list[FixedRetention]:
    """The classes with a fixed time, in order."""
    return sorted(_fixed.values(), key=lambda one: (one.order, one.key))
