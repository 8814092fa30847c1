"""Constructors of leaves: the SQL of a field, made from the names of its columns."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wabolt.lib.segmentation.conditions import Condition, found, texts
from wabolt.lib.segmentation.fields import FieldSpec, Leaf
from wabolt.lib.segmentation.periods import period
from wabolt.lib.segmentation.sql import NOBODY, Context, Sql, exists

_TEXT_TESTS = {
    "=": "lower({}) = lower(%s::text)",
    "contains": "strpos(lower({}), lower(%s::text)) > 0",
    "starts with": "starts_with(lower({}), lower(%s::text))",
}


def text(column: str) -> Leaf:
    """The leaf of a text column that is never NULL."""

    def leaf(condition: Condition, _spec: FieldSpec, _context: Context) -> Sql:
        if condition.op == "is empty":
            return Sql(f"{column} = ''")
        return text_test(condition, column)

    return leaf


def text_test(condition: Condition, column: str, before: Sequence[object] = ()) -> Sql:
    """A test of a text. `before`: the values of the parameters in `column`, whose result may then be NULL."""
    if condition.op == "in":
        words = texts(condition.value)
        marks = ", ".join(["lower(%s::text)"] * len(words))
        return Sql(f"lower({column}) IN ({marks})", (*before, *words), bool(before))
    return Sql(_TEXT_TESTS[condition.op].format(column), (*before, condition.value), bool(before))


def flag(condition_sql: str) -> Leaf:
    """The leaf of a field of kind FLAG. `condition_sql`: an SQL condition that is never NULL."""
    return lambda _condition, _spec, _context: Sql(condition_sql)


@dataclass(frozen=True, slots=True)
class ContactRows:
    """Rows that belong to contacts.

    `tables`: the text after FROM. `contact`: the column with the contact's id. `here`: an SQL condition with one
    parameter, the workspace; "" where the ids of a lookup select the workspace's rows. `where`: another condition.
    `at`: the timestamp column that "within N days" tests, "" for none.
    """

    tables: str
    contact: str
    here: str = ""
    where: str = "TRUE"
    at: str = ""

    def exist(self, context: Context, *, is_broad: bool = False) -> Sql:
        """The contact has such a row."""
        return exists(self.contact, self.tables, Sql(self.where), here=self._here(context), is_broad=is_broad)

    def exist_with(self, column: str, ids: Sequence[Any], condition: Condition, context: Context) -> Sql:
        """The contact has such a row whose `column` is one of these ids, within the days of the condition."""
        if not ids:
            return NOBODY
        when = context.since(self.at, condition.within_days) if self.at else Sql("TRUE")
        where = Sql(f"{column} = ANY(%s::bigint[]) AND {when.text} AND {self.where}", (list(ids), *when.params))
        return exists(self.contact, self.tables, where, here=self._here(context))

    def _here(self, context: Context) -> Sql | None:
        return Sql(self.here, (context.workspace,)) if self.here else None


def named_rows(rows: ContactRows, column: str, *, counted: str = "TRUE") -> Leaf:
    """The leaf of a field whose values are names: the contact has a row whose `column` is an id that `FieldSpec.lookup`
    finds for the name.

    "is empty" means that the contact has no row. `counted`: an SQL condition on the rows that count for "is empty".
    """

    def leaf(condition: Condition, spec: FieldSpec, context: Context) -> Sql:
        if condition.op == "is empty":
            where = f"{rows.contact} = c.id AND {rows.where} AND {counted}"
            return Sql(f"NOT EXISTS (SELECT 1 FROM {rows.tables} WHERE {where})")
        ids = found(context.names.get(spec.lookup), condition.value)
        return rows.exist_with(column, ids, condition, context)

    return leaf


def moment(column: str, *, nullable: bool = True) -> Leaf:
    """The leaf of a field of kind MOMENT over a timestamp column. `nullable`: whether the column may be NULL."""

    def leaf(condition: Condition, _spec: FieldSpec, context: Context) -> Sql:
        match condition.op, condition.value:
            case "is empty", _:
                return Sql(f"{column} IS NULL")
            case "within", _:
                return context.since(column, condition.within_days, nullable)
            case "over", _:
                return Sql(f"{column} < %s", (context.start(context.ago(condition.within_days or 0)),), nullable)
            case "during", str() as name:
                return context.between(column, *period(name, context.today), nullable)
            case "before", dt.date() as day:
                return Sql(f"{column} < %s", (context.start(day),), nullable)
            case "after", dt.date() as day:
                return Sql(f"{column} >= %s", (context.start(day + dt.timedelta(days=1)),), nullable)
            case _, dt.date() as day:
                return context.between(column, day, day, nullable)
            case _:
                raise ValueError(condition.op)

    return leaf
