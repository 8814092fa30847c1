"""What the pieces of a statement are made of. Values are always parameters; only words of our own stand in the text."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from wabolt.segments.rules import Value

from .names import Names

Thing = TypeVar("Thing", int, str)
Params = tuple[Any, ...]  # whatever the driver can bind


@dataclass(frozen=True, slots=True)
class Sql:
    """A boolean expression and its parameters, in order.

    `nullable`: it may be NULL where something is unknown. The tree counts unknown as false, so a denial of it must
    be told from a denial of what is always true or false, which the planner understands better.
    `holds`: it asks whether the custom fields contain this key and value, and can be asked together with others.
    `members`: a SELECT of the ids (column `id`, an id perhaps several times) of the workspace's contacts for whom it
    is true, and its parameters; None where that is no shorter way to them than looking at every contact.
    `is_broad`: those are so many that looking at every contact, which several processes share, is as quick.
    """

    text: str
    params: Params = ()
    nullable: bool = False
    holds: tuple[str, Any] | None = None
    members: "Sql | None" = None
    is_broad: bool = False

    def denied(self) -> "Sql":
        """True exactly where this is not true."""
        if self.nullable:
            return Sql(f"({self.text}) IS NOT TRUE", self.params)
        return Sql(f"NOT ({self.text})", self.params)


NOBODY = Sql("FALSE")


def exists(key: str, tables: str, where: Sql, *, here: Sql | None = None, is_broad: bool = False) -> Sql:
    """There is a row of these tables whose column `key` is the contact. `here` holds for the workspace's rows alone,
    and may be left out where `where` names things of the workspace."""
    text = f"EXISTS (SELECT 1 FROM {tables} WHERE {key} = c.id AND {where.text})"
    bound = here or Sql("TRUE")
    members = Sql(f"SELECT {key} AS id FROM {tables} WHERE {bound.text} AND {where.text}", bound.params + where.params)
    return Sql(text, where.params, members=members, is_broad=is_broad)


def contained(fields: dict[str, Any]) -> Sql:
    """The custom fields contain all of these keys and values, looked at once."""
    holds = next(iter(fields.items())) if len(fields) == 1 else None
    return Sql("c.fields @> %s::jsonb", (json.dumps(fields),), holds=holds)


@dataclass(frozen=True, slots=True)
class Context:
    """What a leaf needs to know: in which workspace, whose day it is, and which ids the names stand for."""

    workspace: int
    today: dt.date
    tz: ZoneInfo
    names: Names

    def start(self, day: dt.date) -> dt.datetime:
        """The first moment of a local day."""
        return dt.datetime.combine(day, dt.time.min, self.tz).astimezone(dt.UTC)

    def ago(self, days: int) -> dt.date:
        return self.today - dt.timedelta(days=days)

    def since(self, column: str, days: int | None, nullable: bool = False) -> Sql:
        """The column's moment lies on today or one of the `days` days before it; for None, at any time."""
        if days is None:
            return Sql(f"{column} IS NOT NULL") if nullable else Sql("TRUE")
        return Sql(
            f"{column} >= %s AND {column} < %s", (self.start(self.ago(days)), self.start(self.ago(-1))), nullable
        )


def texts(value: Value) -> tuple[str, ...]:
    """Return the words of a value, one or several."""
    return value if isinstance(value, tuple) else (str(value),)


def found(names: Mapping[str, Sequence[Thing]], value: Value) -> list[Thing]:
    """Return what the words of a value stand for, each thing once."""
    return list(dict.fromkeys(item for word in texts(value) for item in names.get(word.lower(), ())))
