"""The shop's words in a segment, turned into ids before the statement is built.

Ids instead of joins to the tables of names let PostgreSQL plan with the statistics of the very tag or product.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.db import connection
from django.db.models import Q, Value
from django.db.models.functions import Lower

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Product
from wabolt.commerce.queries import categories, products
from wabolt.contacts.models import Tag
from wabolt.segments.rules import Node, conditions
from wabolt.segments.rules import Value as TreeValue

# More spellings than this are no list of cities any more, and looking them all up would cost more than it saves.
_MAX_CITIES = 3000
_MENU = 300

_CITIES = """
    WITH RECURSIVE spelling(city, place) AS (
        (SELECT city, 1 FROM contacts_contact WHERE workspace_id = %s ORDER BY city LIMIT 1)
        UNION ALL
        SELECT following.city, spelling.place + 1
        FROM spelling CROSS JOIN LATERAL (
            SELECT c.city FROM contacts_contact c
            WHERE c.workspace_id = %s AND c.city > spelling.city ORDER BY c.city LIMIT 1
        ) following
        WHERE spelling.place <= %s
    )
    SELECT city FROM spelling
"""


class BroadcastNames(Protocol):
    """What the room of broadcasts, which lies above this one, tells about them."""

    def ids(self, workspace: Workspace, names: Sequence[str]) -> dict[str, list[int]]:
        """Return the ids of the workspace's broadcasts by lower-case name, for these (any case) names."""
        ...

    def recent(self, workspace: Workspace) -> list[str]:
        """Return the names to offer in a menu, newest first."""
        ...


class _NoBroadcasts:
    def ids(self, workspace: Workspace, names: Sequence[str]) -> dict[str, list[int]]:
        return {}

    def recent(self, workspace: Workspace) -> list[str]:
        return []


_broadcast_names: BroadcastNames = _NoBroadcasts()


def register_broadcast_names(source: BroadcastNames) -> None:
    """Let the broadcasts room (in its `AppConfig.ready`) say how its broadcasts are called."""
    global _broadcast_names
    _broadcast_names = source


def recent_broadcasts(workspace: Workspace) -> list[str]:
    """Return names of broadcasts that a segment can ask about, newest first."""
    return _broadcast_names.recent(workspace)


@dataclass(frozen=True, slots=True)
class Names:
    """Ids by lower-case name. A name that nobody knows has none, and its condition is false for everyone."""

    tags: dict[str, list[int]] = field(default_factory=dict)
    products: dict[str, list[int]] = field(default_factory=dict)
    category_products: dict[str, list[int]] = field(default_factory=dict)
    categories: dict[str, list[str]] = field(default_factory=dict)
    broadcasts: dict[str, list[int]] = field(default_factory=dict)
    cities: dict[str, list[str]] | None = None


def resolve(workspace: Workspace, tree: Node) -> Names:
    """Look up every name of the tree: at most one query for each kind of thing it names."""
    words: dict[str, set[str]] = {}
    for condition in conditions(tree):
        found = words.setdefault(condition.field, set())
        if condition.op in ("", "=", "!=", "in", "not in"):
            found.update(_texts(condition.value))
    names = Names(
        tags=_tags(workspace, words.get("tag", set())),
        broadcasts=_broadcasts(workspace, words),
        cities=_cities(workspace) if words.get("city") else None,
    )
    _products(workspace, words.get("bought product", set()), names.products)
    _categories(workspace, words.get("bought category", set()), names)
    return names


def _texts(value: TreeValue) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else ()


def _lowered(words: Iterable[str]) -> list[Lower]:
    """The words in lower case as the database does it, which is not in every alphabet as Python does."""
    return [Lower(Value(word)) for word in words]


def _tags(workspace: Workspace, words: set[str]) -> dict[str, list[int]]:
    if not words:
        return {}
    rows = Tag.objects.alias(low=Lower("name")).filter(workspace=workspace, low__in=_lowered(words))
    return {name.lower(): [pk] for pk, name in rows.values_list("id", "name")}


def _products(workspace: Workspace, words: set[str], found: dict[str, list[int]]) -> None:
    if not words:
        return
    low = _lowered(words)
    rows = Product.objects.alias(low_sku=Lower("sku"), low_name=Lower("name")).filter(
        Q(low_sku__in=low) | Q(low_name__in=low), workspace=workspace
    )
    for pk, sku, name in rows.values_list("id", "sku", "name"):
        for word in {sku.lower(), name.lower()}:
            found.setdefault(word, []).append(pk)


def _categories(workspace: Workspace, words: set[str], names: Names) -> None:
    if not words:
        return
    rows = Product.objects.alias(low=Lower("category")).filter(workspace=workspace, low__in=_lowered(words))
    for pk, category in rows.values_list("id", "category"):
        names.category_products.setdefault(category.lower(), []).append(pk)
        spellings = names.categories.setdefault(category.lower(), [])
        if category not in spellings:
            spellings.append(category)


def _broadcasts(workspace: Workspace, words: dict[str, set[str]]) -> dict[str, list[int]]:
    named = {word for action in ("received", "read", "replied", "clicked") for word in words.get(action, ())}
    return _broadcast_names.ids(workspace, sorted(named)) if named else {}


def _cities(workspace: Workspace) -> dict[str, list[str]] | None:
    """Every spelling of every city, found by jumping through the index from one to the next; None for too many."""
    with connection.cursor() as cursor:
        cursor.execute(_CITIES, [workspace.pk, workspace.pk, _MAX_CITIES])
        spellings = [city for (city,) in cursor.fetchall()]
    if len(spellings) > _MAX_CITIES:
        return None
    by_lower: dict[str, list[str]] = {}
    for city in spellings:
        by_lower.setdefault(city.lower(), []).append(city)
    return by_lower


def unknown_names(workspace: Workspace, tree: Node) -> list[tuple[str, str]]:
    """Return the (field, word) pairs of a tree that stand for nothing the shop has, which is mostly a typing error."""
    names = resolve(workspace, tree)
    known: dict[str, Mapping[str, Sequence[object]] | None] = {
        "tag": names.tags,
        "city": names.cities,
        "bought product": names.products,
        "bought category": names.category_products,
        **dict.fromkeys(("received", "read", "replied", "clicked"), names.broadcasts),
    }
    return [
        (condition.field, word)
        for condition in conditions(tree)
        if condition.op in ("", "=", "!=", "in", "not in") and (things := known.get(condition.field)) is not None
        for word in _texts(condition.value)
        if word.lower() not in things
    ]


def suggestions(workspace: Workspace, fields: set[str]) -> dict[str, list[str]]:
    """Return words to offer for these fields, as many as a menu can hold: labels, cities, products and so on."""
    found: dict[str, list[str]] = {}
    if "tag" in fields:
        found["tag"] = list(
            Tag.objects.filter(workspace=workspace).order_by("name").values_list("name", flat=True)[:_MENU]
        )
    if "city" in fields:
        cities = _cities(workspace) or {}
        found["city"] = sorted(spellings[0] for city, spellings in cities.items() if city)[:_MENU]
    if "bought product" in fields:
        found["bought product"] = list(products(workspace).values_list("name", flat=True)[:_MENU])
    if "bought category" in fields:
        found["bought category"] = categories(workspace)[:_MENU]
    if fields & {"received", "read", "replied", "clicked"}:
        broadcasts = recent_broadcasts(workspace)[:_MENU]
        found |= dict.fromkeys(("received", "read", "replied", "clicked"), broadcasts)
    return found
