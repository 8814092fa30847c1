"""The condition tree: the meaning of a segment, independent of text and SQL.

A tree consists of `All`, `Any`, `Not` and `Condition`. It is two-valued: a condition about something unknown is false,
and `Not` of it is true. `normalise` gives one shape, so that two ways of writing the same segment compare equal.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wabolt.lib.segmentation import Condition, Value

MAX_DEPTH = 12
MAX_NODES = 200


@dataclass(frozen=True, slots=True)
class Not:
    """True where the child is false."""

    child: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """True where every child is true; without children, true for every contact."""

    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """True where a child is true; without children, true for no contact."""

    children: tuple["Node", ...] = ()


Node = Condition | Not | All | Any

SentenceMatch = Callable[[str, int], tuple[Condition | Not, int] | None]
"""Returns the condition that a sentence of a text says from a position on, and the position where it ends."""

EVERYONE = All()

__all__ = [
    "EVERYONE",
    "MAX_DEPTH",
    "MAX_NODES",
    "All",
    "Any",
    "Condition",
    "Node",
    "Not",
    "SentenceMatch",
    "Value",
    "conditions",
    "depth",
    "normalise",
    "size",
]


def normalise(node: Node) -> Node:
    """Returns the same meaning without nested groups of one kind, groups of one child, or double negation.
    "Within 0 days" is "today"."""
    match node:
        case Condition(field, "within" | "within next", None, 0):
            return Condition(field, "during", "today")
        case Condition():
            return node
        case Not(child):
            inner = normalise(child)
            return inner.child if isinstance(inner, Not) else Not(inner)
        case All(children):
            flat = _flatten(All, children)
            return flat[0] if len(flat) == 1 else All(flat)
        case Any(children):
            flat = _flatten(Any, children)
            if not flat:
                return Not(EVERYONE)
            return flat[0] if len(flat) == 1 else Any(flat)


def _flatten(kind: type[All] | type[Any], children: tuple[Node, ...]) -> tuple[Node, ...]:
    flat: list[Node] = []
    for child in map(normalise, children):
        if isinstance(child, kind):
            flat.extend(child.children)
        elif not (kind is Any and child == Not(EVERYONE)):
            flat.append(child)
    return tuple(flat)


def conditions(node: Node) -> Iterator[Condition]:
    """Yields every condition of the tree in order."""
    match node:
        case Condition():
            yield node
        case Not(child):
            yield from conditions(child)
        case All(children) | Any(children):
            for child in children:
                yield from conditions(child)


def depth(node: Node) -> int:
    """Returns how many levels the tree has; a single condition has one."""
    match node:
        case Condition():
            return 1
        case Not(child):
            return 1 + depth(child)
        case All(children) | Any(children):
            return 1 + max(map(depth, children), default=0)


def size(node: Node) -> int:
    """Returns the number of nodes, groups included."""
    match node:
        case Condition():
            return 1
        case Not(child):
            return 1 + size(child)
        case All(children) | Any(children):
            return 1 + sum(map(size, children))
