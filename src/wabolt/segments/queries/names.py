"""Turns the names in a segment into ids before the statement is built.

With ids instead of joins to the tables of names, PostgreSQL can use the statistics of that tag or product.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.lib.segmentation import FieldSpec, lookups
from wabolt.segments.rules import Catalogue, Condition, Node, Value, conditions

_MENU = 300
_NAMING = ("", "=", "!=", "in", "not in")

Names = Mapping[str, Mapping[str, Sequence[Any]] | None]


def resolve(workspace: Workspace, tree: Node, specs: Catalogue) -> Names:
    """Looks up every name of the tree. Returns by key of the lookup the ids behind each lower-case name.

    Each lookup that the tree needs is called once. An unknown name is missing, and its condition is false.
    """
    words: dict[str, set[str]] = {}
    for lookup, condition in _named(tree, specs):
        words.setdefault(lookup, set()).update(_texts(condition.value))
    registered = lookups()
    return {key: registered[key].resolve(workspace, sorted(found)) for key, found in words.items() if found}


def _named(tree: Node, specs: Catalogue) -> Iterable[tuple[str, Condition]]:
    for condition in conditions(tree):
        spec = specs.get(condition.field)
        if spec is not None and spec.lookup and condition.op in _NAMING:
            yield spec.lookup, condition


def _texts(value: Value) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else ()


def unknown_names(workspace: Workspace, tree: Node, specs: Catalogue) -> list[tuple[str, str]]:
    """Returns the (field, word) pairs of a tree that name nothing in the shop, mostly because of a typing error."""
    names = resolve(workspace, tree, specs)
    return [
        (condition.field, word)
        for lookup, condition in _named(tree, specs)
        if lookups()[lookup].strict and (things := names.get(lookup)) is not None
        for word in _texts(condition.value)
        if word.lower() not in things
    ]


def suggestions(workspace: Workspace, specs: Iterable[FieldSpec]) -> dict[str, list[str]]:
    """Returns by field the words to offer in its menu: labels, cities, products and so on."""
    by_lookup: dict[str, list[str]] = {}
    for spec in specs:
        if spec.lookup:
            by_lookup.setdefault(spec.lookup, []).append(spec.key)
    found: dict[str, list[str]] = {}
    for key, fields in by_lookup.items():
        found |= dict.fromkeys(fields, lookups()[key].suggest(workspace, _MENU))
    return found
