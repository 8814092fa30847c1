"""The tree as one SQL statement. Values are bound, never written into it."""

import datetime as dt
from dataclasses import replace
from typing import NamedTuple

from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.lib.errors import DomainError
from wabolt.segments.rules import All, Any, Catalogue, Condition, Kind, Node, Not, TreeError, check_tree, normalise
from wabolt.segments.rules.tree import conditions

from .expressions import Context, Params, Sql, contained
from .fields import catalogue
from .leaves import leaf, tables_of
from .names import resolve


class BrokenSegment(DomainError):  # noqa: N818  # the house names refusals after what is wrong
    """The segment asks for something that is not there (any more), such as an archived field."""


class SegmentSql(NamedTuple):
    """A SELECT of contact ids (one column, `id`, each once) and its parameters in order. The text has no other
    placeholders than `%s` and no `%` of its own, so it can stand inside another statement."""

    sql: str
    params: Params

    def named(self, prefix: str = "segment_") -> tuple[str, dict[str, object]]:
        """Return the same with placeholders `%(segment_0)s`, for statements whose parameters go by name."""
        pieces = self.sql.split("%s")
        values = {f"{prefix}{number}": value for number, value in enumerate(self.params)}
        marks = [f"%({name})s" for name in values]
        return "".join(piece + mark for piece, mark in zip(pieces, [*marks, ""], strict=True)), values


# Each of these holds at most one row for a contact, so joining it repeats nobody; and where the condition needs the
# row, PostgreSQL turns the outer join into an inner one by itself.
_JOINS = {
    "p": "LEFT JOIN commerce_purchasefacts p ON p.contact_id = c.id AND p.workspace_id = %s",
    "cm": "LEFT JOIN consent_consent cm ON cm.contact_id = c.id AND cm.workspace_id = %s AND cm.purpose = 'marketing'",
    "cs": "LEFT JOIN consent_consent cs ON cs.contact_id = c.id AND cs.workspace_id = %s AND cs.purpose = 'service'",
}
_POSITIVE = {"!=": "=", "not in": "in", "is not empty": "is empty"}
_INVERSE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def compile_segment(
    workspace: Workspace, tree: Node, now: dt.datetime, *, known: Catalogue | None = None
) -> SegmentSql:
    """Return the statement that finds the workspace's contacts for whom the tree holds at `now` (aware).

    `known` spares the query for the workspace's fields when the caller has the catalogue already. Raises
    `BrokenSegment` when the tree asks what the catalogue does not know. Erased contacts are in no segment.
    """
    specs = known or catalogue(workspace)
    tree = normalise(tree)
    try:
        check_tree(tree, specs)
    except TreeError as error:
        raise BrokenSegment(
            _("This segment asks for something that no longer exists. Open it and correct it."),
            code=error.code,
            **error.params,
        ) from error
    context = Context(now.astimezone(workspace.tz).date(), workspace.tz, resolve(workspace, tree))
    where = _Compiler(specs, context).node(tree, denied=False)
    tables = sorted(frozenset().union(*(tables_of(condition) for condition in conditions(tree))))
    joins = "".join(f" {_JOINS[table]}" for table in tables)
    return SegmentSql(
        f"SELECT c.id FROM contacts_contact c{joins} "  # only words of our own; values are bound
        f"WHERE c.workspace_id = %s AND c.erased_at IS NULL AND {where.text}",
        (*[workspace.pk] * (len(tables) + 1), *where.params),
    )


class _Compiler:
    """Denials are carried down to the conditions, where each kind of field knows its own opposite."""

    def __init__(self, specs: Catalogue, context: Context) -> None:
        self.specs = specs
        self.context = context

    def node(self, node: Node, *, denied: bool) -> Sql:
        match node:
            case Not(child):
                return self.node(child, denied=not denied)
            case All(children):
                return self.group(children, "OR" if denied else "AND", denied=denied)
            case Any(children):
                return self.group(children, "AND" if denied else "OR", denied=denied)
            case Condition():
                return self.condition(node, denied=denied)

    def group(self, children: tuple[Node, ...], joining: str, *, denied: bool) -> Sql:
        if not children:
            return Sql("TRUE" if joining == "AND" else "FALSE")
        parts = [self.node(child, denied=denied) for child in children]
        if joining == "AND":
            parts = _together(parts)
        text = f" {joining} ".join(part.text for part in parts)
        return Sql(f"({text})", tuple(value for part in parts for value in part.params))

    def condition(self, condition: Condition, *, denied: bool) -> Sql:
        spec = self.specs.get(condition.field)
        if spec is None:
            raise ValueError(condition.field)
        field, op, value, days = condition.field, condition.op, condition.value, condition.within_days
        if spec.kind in (Kind.WHOLE, Kind.MONEY):
            op, denied = (_INVERSE[op] if denied else op), False
        elif op in _POSITIVE:
            op, denied = _POSITIVE[op], not denied
        found = leaf(Condition(field, op, value, days), spec, self.context)
        if denied:
            found = found.denied()
        return replace(found, text=f"({found.text})")


def _together(parts: list[Sql]) -> list[Sql]:
    """Ask the custom fields once for all that they must contain: taking a row's JSON apart is what costs."""
    fields: dict[str, object] = {}
    others: list[Sql] = []
    for part in parts:
        if part.holds is not None and part.holds[0] not in fields:
            fields.update([part.holds])
        else:
            others.append(part)
    return [contained(fields), *others] if len(fields) > 1 else parts
