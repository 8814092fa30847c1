"""References to other segments: "is in the segment VIP". Such a condition has the meaning of that segment."""

from collections.abc import Callable, Mapping

from .errors import TreeError
from .tree import All, Any, Condition, Node, Not, conditions

FIELD = "in segment"
"""The key of the field. Its values are names of saved segments."""

Known = Mapping[str, Node]
"""The trees of the saved segments by lower-case name."""


def names_in(tree: Node) -> frozenset[str]:
    """Returns the lower-case names of the segments that a tree asks about itself."""
    found = (_names(condition) for condition in conditions(tree) if condition.field == FIELD)
    return frozenset(name.lower() for names in found for name in names)


def opened(tree: Node, known: Known, path: tuple[str, ...] = ()) -> Node:
    """Returns the tree with the conditions of the segments that it asks about in place of their names. `path`: the
    names of the segments that led here. Raises TreeError "unknown_segment" or "segment_cycle"."""

    def replaced(condition: Condition) -> Node:
        if condition.field != FIELD:
            return condition
        found = [_opened_name(name, known, path) for name in _names(condition)]
        return found[0] if len(found) == 1 else Any(tuple(found))

    return _mapped(tree, replaced)


def renamed(tree: Node, old: str, new: str) -> Node:
    """Returns the tree with another name for a segment that it asks about."""

    def replaced(condition: Condition) -> Node:
        if condition.field != FIELD:
            return condition
        value = condition.value
        names = tuple(new if name.lower() == old.lower() else name for name in _names(condition))
        return Condition(FIELD, condition.op, names if isinstance(value, tuple) else names[0])

    return _mapped(tree, replaced)


def _opened_name(name: str, known: Known, path: tuple[str, ...]) -> Node:
    asked = next((earlier for earlier in path if earlier.lower() == name.lower()), None)
    if asked is not None:
        circle = " → ".join([*path[path.index(asked) :], name])
        raise TreeError("segment_cycle", params={"found": circle})
    tree = known.get(name.lower())
    if tree is None:
        raise TreeError("unknown_segment", params={"found": name})
    return opened(tree, known, (*path, name))


def _names(condition: Condition) -> tuple[str, ...]:
    value = condition.value
    if isinstance(value, tuple):
        return tuple(name for name in value if isinstance(name, str))
    return (value,) if isinstance(value, str) else ()


def _mapped(node: Node, change: Callable[[Condition], Node]) -> Node:
    match node:
        case Condition():
            return change(node)
        case Not(child):
            return Not(_mapped(child, change))
        case All(children):
            return All(tuple(_mapped(child, change) for child in children))
        case Any(children):
            return Any(tuple(_mapped(child, change) for child in children))
