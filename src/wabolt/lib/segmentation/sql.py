"""The SQL of a condition. Values are always parameters; only our own words are part of the text."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

Params = tuple[Any, ...]  # any value that the driver can bind


@dataclass(frozen=True, slots=True)
class Sql:
    """A boolean expression about contact `c` and its parameters, in order.

    `nullable`: it may be NULL where something is unknown. A segment counts unknown as false, so the negation of such an
    expression is "IS NOT TRUE". A plain NOT is better for the planner where NULL cannot occur.
    `holds`: the expression asks whether the custom fields contain this key and value; several such expressions are
    combined into one.
    `members`: a SELECT of the ids (column `id`, repeated ids allowed) of the workspace's contacts for whom it is true;
    None where that is no faster than testing every contact.
    `is_broad`: `members` returns so many contacts that testing every contact, which PostgreSQL does in parallel, is as
    fast.
    `reads`: the aliases that the expression reads, where they differ from those of `FieldSpec.tables`.
    """

    text: str
    params: Params = ()
    nullable: bool = False
    holds: tuple[str, Any] | None = None
    members: "Sql | None" = None
    is_broad: bool = False
    reads: frozenset[str] | None = None

    def negated(self) -> "Sql":
        """True exactly where this is not true."""
        if self.nullable:
            return Sql(f"({self.text}) IS NOT TRUE", self.params, reads=self.reads)
        return Sql(f"NOT ({self.text})", self.params, reads=self.reads)


NOBODY = Sql("FALSE")
MOMENT_STEP = dt.timedelta(minutes=15)
"""Precision of conditions that count hours."""


def moment_step(now: dt.datetime) -> dt.datetime:
    """The moment (aware) rounded down to MOMENT_STEP."""
    return now - (now - dt.datetime.min.replace(tzinfo=dt.UTC)) % MOMENT_STEP


INVERSE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
"""The operator that holds exactly where this one does not."""


def exists(key: str, tables: str, where: Sql, *, here: Sql | None = None, is_broad: bool = False) -> Sql:
    """A row of `tables` exists whose column `key` is the contact and for which `where` holds.

    `here` restricts the rows to the workspace. It may be missing where `where` names ids of the workspace.
    """
    text = f"EXISTS (SELECT 1 FROM {tables} WHERE {key} = c.id AND {where.text})"
    bound = here or Sql("TRUE")
    members = Sql(f"SELECT {key} AS id FROM {tables} WHERE {bound.text} AND {where.text}", bound.params + where.params)
    return Sql(text, where.params, members=members, is_broad=is_broad)


def contained(fields: dict[str, Any]) -> Sql:
    """The custom fields contain all of these keys and values, with one test of the JSON."""
    holds = next(iter(fields.items())) if len(fields) == 1 else None
    return Sql("c.fields @> %s::jsonb", (json.dumps(fields),), holds=holds)


def one_of(column: str, words: Sequence[str]) -> Sql:
    """The column is one of these texts. PostgreSQL compares a single text faster than a list of one."""
    if len(words) == 1:
        return Sql(f"{column} = %s", (words[0],))
    return Sql(f"{column} = ANY(%s::text[])", (list(words),))


@dataclass(frozen=True, slots=True)
class Context:
    """The context of a leaf: the workspace's id, its present day and time zone, and the ids behind the names.

    `now`: the present moment, rounded down to MOMENT_STEP. A live segment is evaluated whole when a parameter changes:
    a live segment with a leaf that uses `now` is evaluated once in each MOMENT_STEP.
    `names`: by key of the lookup, {"tag": {"vip": [3]}}; None for a lookup with too many names. `joined`: the aliases
    of the tables that other conditions of the segment join anyway.
    """

    workspace: int
    today: dt.date
    tz: ZoneInfo
    names: Mapping[str, Mapping[str, Sequence[Any]] | None]
    now: dt.datetime
    joined: frozenset[str] = frozenset()

    def start(self, day: dt.date) -> dt.datetime:
        """The first moment of a local day, in UTC."""
        return dt.datetime.combine(day, dt.time.min, self.tz).astimezone(dt.UTC)

    def ago(self, days: int) -> dt.date:
        """The local day `days` days ago."""
        return self.today - dt.timedelta(days=days)

    def between(self, column: str, first: dt.date, last: dt.date, nullable: bool = False) -> Sql:
        """The column's moment is on one of the local days from `first` to `last`."""
        bounds = (self.start(first), self.start(last + dt.timedelta(days=1)))
        return Sql(f"{column} >= %s AND {column} < %s", bounds, nullable)

    def since(self, column: str, days: int | None, nullable: bool = False) -> Sql:
        """The column's moment is today or on one of the `days` days before; None: at any time."""
        if days is None:
            return Sql(f"{column} IS NOT NULL") if nullable else Sql("TRUE")
        return self.between(column, self.ago(days), self.today, nullable)
