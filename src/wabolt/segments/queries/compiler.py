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
from .references import open_each
from .statement import Group, Leaf, Part, expression, select_all, select_each, select_tests


class BrokenSegment(DomainError):  # noqa: N818  # named after the state of the segment
    """The segment refers to something that no longer exists, such as an archived field."""


class SegmentSql(NamedTuple):
    """A SELECT of contact ids (one column, `id`, no duplicates) and its parameters in order. The text has no other
    placeholders than `%s` and no other `%`, so it can be part of another statement."""

    sql: str
    params: tuple[Anything, ...]

    def named(self, prefix: str = "segment_") -> tuple[str, dict[str, object]]:
        """Returns the same statement with named placeholders, `%(segment_0)s`."""
        pieces = self.sql.split("%s")
        values = {f"{prefix}{number}": value for number, value in enumerate(self.params)}
        marks = [f"%({name})s" for name in values]
        return "".join(piece + mark for piece, mark in zip(pieces, [*marks, ""], strict=True)), values


_POSITIVE = {"!=": "=", "not in": "in", "is not empty": "is empty"}
_COUNTED = (Kind.WHOLE, Kind.MONEY)


def compile_segment(
    workspace: Workspace, tree: Node, now: dt.datetime, *, known: Catalogue | None = None, first_few: bool = False
) -> SegmentSql:
    """Returns the statement that evaluates the tree: it finds the workspace's contacts for whom it holds at `now`
    (aware). For the members of a segment use `members_sql`, which reads the stored members of a live segment if
    possible.

    `known`: the catalogue, if the caller has it already; it saves a query. `first_few`: the statement is fast when it
    is ordered by `c.id` and limited; otherwise it is fast when it returns all contacts. Raises `BrokenSegment` when the
    tree asks for something that the catalogue does not have. Erased contacts are in no segment.
    """
    return compiled(workspace, tree, now, known=known).select(first_few=first_few)


@dataclass(frozen=True, slots=True)
class Compiled:
    """The conditions of a tree, ready for a statement.

    `meaning` is a digest of everything that decides who is in the segment, without the rows of the contacts. It changes
    at midnight if the tree counts days, and when a label in the tree is renamed.
    """

    workspace: int
    part: Part
    meaning: str

    def select(self, *, first_few: bool = False, span: tuple[int, int] | None = None) -> SegmentSql:
        """Returns the SELECT of the ids. `span`: only of the contacts behind the first id, up to the second."""
        if span is None:
            found = (select_each if first_few else select_all)(self.part, self.workspace)
            return SegmentSql(found.text, found.params)
        found = select_each(self.part, self.workspace)
        return SegmentSql(f"{found.text} AND c.id > %s AND c.id <= %s", (*found.params, *span))


def compiled(workspace: Workspace, tree: Node, now: dt.datetime, *, known: Catalogue | None = None) -> Compiled:
    """Returns the compiled conditions of a tree. Raises `BrokenSegment`."""
    [found] = compile_each(workspace, [tree], now, known=known)
    if isinstance(found, BrokenSegment):
        raise found
    return found


def compile_each(
    workspace: Workspace, trees: Sequence[Node], now: dt.datetime, *, known: Catalogue | None = None
) -> list[Compiled | BrokenSegment]:
    """Compiles many trees, in order, with one look-up of all their names. A broken tree has its error in the list."""
    specs = known or catalogue(workspace)
    checked = [_checked(tree, specs) for tree in open_each(workspace, trees)]
    names = resolve(workspace, All(tuple(tree for tree in checked if not isinstance(tree, BrokenSegment))), specs)
    context = Context(workspace.pk, now.astimezone(workspace.tz).date(), workspace.tz, names, moment_step(now))
    facts: dict[str, object] = {}
    results: list[Compiled | BrokenSegment] = []
    for tree in checked:
        if isinstance(tree, BrokenSegment):
            results.append(tree)
            continue
        compiler = _Compiler(specs, context, tree)
        part = compiler.node(tree, negated=False)
        read = {spec.key: spec.facts for spec in map(compiler.spec, conditions(tree)) if spec.facts is not None}
        facts |= {key: read[key](workspace) for key in read.keys() - facts.keys()}
        results.append(Compiled(workspace.pk, part, _digest(part, [(key, facts[key]) for key in sorted(read)])))
    return results


def _checked(tree: Node | TreeError, specs: Catalogue) -> "Node | BrokenSegment":
    try:
        if isinstance(tree, TreeError):
            raise tree
        tree = normalise(tree)
        check_tree(tree, specs)
    except TreeError as error:
        broken = BrokenSegment(
            _("This segment refers to something that no longer exists. Open it and correct it."),
            code=error.code,
            **error.params,
        )
        broken.__cause__ = error
        return broken
    return tree


def _digest(part: Part, facts: Sequence[tuple[str, object]]) -> str:
    """Returns the digest of a part and its facts. The order of the ids behind a name does not affect it."""
    whole = expression(part)
    params = [sorted(value) if isinstance(value, list) else value for value in whole.params]
    return hashlib.sha256(repr((whole.text, params, list(facts))).encode()).hexdigest()


class SegmentTests(NamedTuple):
    """A SELECT of (contact id, bool[]) for given contacts: whether each of several segments holds for it. Contacts that
    do not exist and erased ones are missing."""

    sql: str
    params: tuple[Anything, ...]


def tests_of(segments: Sequence[Compiled], contacts: Sequence[int]) -> SegmentTests:
    """Returns the statement that tests these contacts for all these segments (of one workspace) at once."""
    found = select_tests([segment.part for segment in segments], segments[0].workspace, contacts)
    return SegmentTests(found.text, found.params)


class _Compiler:
    """Compiles a tree. Negations are pushed down to the conditions, because each kind of field has its own opposite."""

    def __init__(self, specs: Catalogue, context: Context, tree: Node) -> None:
        self.specs = specs
        with_negation = (
            _without_negation(condition, self.spec(condition), negated)[0]
            for condition, negated in _with_negation(tree)
        )
        tables = frozenset().union(*(self.spec(condition).tables(condition) for condition in with_negation))
        self.context = replace(context, joined=tables)

    def spec(self, condition: Condition) -> FieldSpec:
        """Returns the declaration of the condition's field."""
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
        positive, negated = _without_negation(condition, spec, negated)
        if spec.leaf is None:
            raise ValueError(f"the field {spec.key} has no SQL")
        leaf = spec.leaf(positive, spec, self.context)
        tables = spec.tables(positive) if leaf.reads is None else leaf.reads
        return Leaf(leaf.negated() if negated else leaf, tables)


def _without_negation(condition: Condition, spec: FieldSpec, negated: bool) -> tuple[Condition, bool]:
    """Returns the condition with a positive operator, and whether it is still negated. A negated count gets the inverse
    operator."""
    if spec.kind in _COUNTED:
        return (replace(condition, op=INVERSE[condition.op]) if negated else condition), False
    if condition.op in _POSITIVE:
        return replace(condition, op=_POSITIVE[condition.op]), not negated
    return condition, negated


def _with_negation(node: Node, negated: bool = False) -> Iterator[tuple[Condition, bool]]:
    """Yields every condition, and whether an odd number of negations applies to it."""
    match node:
        case Condition():
            yield node, negated
        case Not(child):
            yield from _with_negation(child, not negated)
        case All(children) | Any(children):
            for child in children:
                yield from _with_negation(child, negated)
