"""Compiles a condition tree to one SQL statement. Values are always bound parameters."""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any as Anything
from typing import NamedTuple

from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.lib.errors import DomainError
from wabolt.lib.segmentation import INVERSE, Context, moment_step
from wabolt.segments.rules import (
    All,
    Any,
    Catalogue,
    Condition,
    FieldSpec,
    Kind,
    Node,
    Not,
    TreeError,
    check_tree,
    conditions,
    normalise,
)

from .fields import catalogue
from .names import resolve
from .statement import Group, Leaf, Part, expression, select_all, select_each, select_tests


class BrokenSegment(DomainError):  # noqa: N818  # named after the state of the segment
    """The segment asks for something that no longer exists, such as an archived field."""


class SegmentSql(NamedTuple):
    """A SELECT of contact ids (one column, `id`, no duplicates) and its parameters in order. The text has no other
    placeholders than `%s` and no other `%`, so it can be part of another statement."""

    sql: str
    params: tuple[Anything, ...]

    def named(self, prefix: str = "segment_") -> tuple[str, dict[str, object]]:
        """Return the same statement with named placeholders, `%(segment_0)s`."""
        pieces = self.sql.split("%s")
        values = {f"{prefix}{number}": value for number, value in enumerate(self.params)}
        marks = [f"%({name})s" for name in values]
        return "".join(piece + mark for piece, mark in zip(pieces, [*marks, ""], strict=True)), values


_POSITIVE = {"!=": "=", "not in": "in", "is not empty": "is empty"}
_COUNTED = (Kind.WHOLE, Kind.MONEY)


def compile_segment(
    workspace: Workspace, tree: Node, now: dt.datetime, *, known: Catalogue | None = None, first_few: bool = False
) -> SegmentSql:
    """Return the statement that evaluates the tree: it finds the workspace's contacts for whom it holds at `now`
    (aware). Ask `members_sql` for the members of a segment: it reads those of a live segment where it can.

    `known`: the catalogue, if the caller has it already; it saves a query. `first_few`: the statement is fast when it
    is ordered by `c.id` and limited; otherwise it is fast when it returns all contacts. Raises `BrokenSegment` when the
    tree asks for something that the catalogue does not have. Erased contacts are in no segment.
    """
    return compiled(workspace, tree, now, known=known).select(first_few=first_few)


@dataclass(frozen=True, slots=True)
class Compiled:
    """The conditions of a tree, ready for a statement.

    `meaning` is a digest of everything that decides who is in the segment, besides the rows of the contacts: the same
    tree has another meaning after midnight where it counts days, and after a label that it names was renamed.
    """

    workspace: int
    part: Part
    meaning: str

    def select(self, *, first_few: bool = False, span: tuple[int, int] | None = None) -> SegmentSql:
        """The SELECT of the ids. `span`: only of the contacts behind the first id, up to the second."""
        if span is None:
            found = (select_each if first_few else select_all)(self.part, self.workspace)
            return SegmentSql(found.text, found.params)
        found = select_each(self.part, self.workspace)
        return SegmentSql(f"{found.text} AND c.id > %s AND c.id <= %s", (*found.params, *span))


def compiled(workspace: Workspace, tree: Node, now: dt.datetime, *, known: Catalogue | None = None) -> Compiled:
    """Return the compiled conditions of a tree. Raises `BrokenSegment`."""
    [found] = compile_each(workspace, [tree], now, known=known)
    if isinstance(found, BrokenSegment):
        raise found
    return found


def compile_each(
    workspace: Workspace, trees: Sequence[Node], now: dt.datetime, *, known: Catalogue | None = None
) -> list[Compiled | BrokenSegment]:
    """Compile many trees, in order, with one look-up of all their names. A broken tree has its error in the list."""
    specs = known or catalogue(workspace)
    checked = [_checked(tree, specs) for tree in map(normalise, trees)]
    names = resolve(workspace, All(tuple(tree for tree in checked if not isinstance(tree, BrokenSegment))), specs)
    context = Context(workspace.pk, now.astimezone(workspace.tz).date(), workspace.tz, names, moment_step(now))
    facts: dict[str, object] = {}
    found: list[Compiled | BrokenSegment] = []
    for tree in checked:
        if isinstance(tree, BrokenSegment):
            found.append(tree)
            continue
        compiler = _Compiler(specs, context, tree)
        part = compiler.node(tree, negated=False)
        read = {spec.key: spec.facts for spec in map(compiler.spec, conditions(tree)) if spec.facts is not None}
        facts |= {key: read[key](workspace) for key in read.keys() - facts.keys()}
        found.append(Compiled(workspace.pk, part, _digest(part, [(key, facts[key]) for key in sorted(read)])))
    return found


def _checked(tree: Node, specs: Catalogue) -> "Node | BrokenSegment":
    try:
        check_tree(tree, specs)
    except TreeError as error:
        broken = BrokenSegment(
            _("This segment asks for something that no longer exists. Open it and correct it."),
            code=error.code,
            **error.params,
        )
        broken.__cause__ = error
        return broken
    return tree


def _digest(part: Part, facts: Sequence[tuple[str, object]]) -> str:
    """The order of the ids behind a name is not part of the meaning."""
    whole = expression(part)
    params = [sorted(value) if isinstance(value, list) else value for value in whole.params]
    return hashlib.sha256(repr((whole.text, params, list(facts))).encode()).hexdigest()


class SegmentTests(NamedTuple):
    """A SELECT of (contact id, bool[]) for given contacts: whether each of several segments holds for it. Contacts that
    do not exist and erased ones are missing."""

    sql: str
    params: tuple[Anything, ...]


def tests_of(segments: Sequence[Compiled], contacts: Sequence[int]) -> SegmentTests:
    """Return the statement that tests these contacts for all these segments (of one workspace) at once."""
    found = select_tests([segment.part for segment in segments], segments[0].workspace, contacts)
    return SegmentTests(found.text, found.params)


class _Compiler:
    """Pushes negations down to the conditions, where each kind of field has its own opposite."""

    def __init__(self, specs: Catalogue, context: Context, tree: Node) -> None:
        self.specs = specs
        with_negation = (
            _without_negation(condition, self.spec(condition), negated)[0]
            for condition, negated in _with_negation(tree)
        )
        tables = frozenset().union(*(self.spec(condition).tables(condition) for condition in with_negation))
        self.context = replace(context, joined=tables)

    def spec(self, condition: Condition) -> FieldSpec:
        """The declaration of the condition's field."""
        spec = self.specs.get(condition.field)
        if spec is None:
            raise ValueError(condition.field)
        return spec

    def node(self, node: Node, *, negated: bool) -> Part:
        match node:
            case Not(child):
                return self.node(child, negated=not negated)
            case All(children):
                return self.group(children, "OR" if negated else "AND", negated=negated)
            case Any(children):
                return self.group(children, "AND" if negated else "OR", negated=negated)
            case Condition():
                return self.condition(node, negated=negated)

    def group(self, children: tuple[Node, ...], joining: str, *, negated: bool) -> Group:
        """Flattens a group inside a group of the same kind, which pushing negations down can produce."""
        parts: list[Part] = []
        for child in children:
            part = self.node(child, negated=negated)
            parts.extend(part.parts if isinstance(part, Group) and part.joining == joining else (part,))
        return Group(joining, tuple(parts))

    def condition(self, condition: Condition, *, negated: bool) -> Leaf:
        spec = self.spec(condition)
        asked, negated = _without_negation(condition, spec, negated)
        if spec.leaf is None:
            raise ValueError(f"the field {spec.key} has no SQL")
        found = spec.leaf(asked, spec, self.context)
        tables = spec.tables(asked) if found.reads is None else found.reads
        return Leaf(found.negated() if negated else found, tables)


def _without_negation(condition: Condition, spec: FieldSpec, negated: bool) -> tuple[Condition, bool]:
    """Return the condition with a positive operator, and whether it is still negated. A negated count gets the inverse
    operator."""
    if spec.kind in _COUNTED:
        return (replace(condition, op=INVERSE[condition.op]) if negated else condition), False
    if condition.op in _POSITIVE:
        return replace(condition, op=_POSITIVE[condition.op]), not negated
    return condition, negated


def _with_negation(node: Node, negated: bool = False) -> Iterator[tuple[Condition, bool]]:
    """Yield every condition, and whether an odd number of negations applies to it."""
    match node:
        case Condition():
            yield node, negated
        case Not(child):
            yield from _with_negation(child, not negated)
        case All(children) | Any(children):
            for child in children:
                yield from _with_negation(child, negated)
