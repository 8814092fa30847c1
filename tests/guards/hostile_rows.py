"""Fills the rows of a shop with values that pages must survive, as imports, chats and older versions may leave them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models, transaction

from wabolt.accounts import registry
from wabolt.accounts.models import AuditEntry, User, Workspace
from wabolt.accounts.views.settings import AUDIT_A_PAGE

KEPT = frozenset({
    "language", "timezone", "currency", "country", "provider", "digest", "password", "email", "key", "hash",
    "prev_hash", "replaced_at", "kind", "state", "action", "session_id", "lease", "holder", "sha256", "creation_key",
    "mime_type", "normalised", "linked_at", "dedupe_key", "origin_kind", "purpose", "category", "status",
})  # fmt: skip
"""Fields whose values only our own code writes, from a fixed set."""
OPEN = frozenset({"fields", "data", "payload", "evidence"})
"""JSON fields that may have any key."""
MARKUP = "<script>alert(1)</script>"
SHORT = "\x01\x07\x1b\x7f\u0085\u202e\u2066\u200f%s{0}{{"
"""A control character, a direction mark and template syntax of each kind, for fields with little room."""
LONG = "{{ 7|add:7 }}{% debug %}%(x)s{}{name}{{\u202eatsiW\u202c \u200f\u2066\"'><img src=x onerror=alert(1)>"
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
WALKS = {
    "many digits": ("9" * 5000, FIRST),
    "numbers that are none": ("٣٤٥²½-1e999999NaN", LAST),
    "markup, control characters, direction marks, template syntax, a long word": (
        f"{MARKUP}{SHORT}{LONG}{'w' * 4000}",
        FIRST,
    ),
}
"""{what it is: the text and the moment}."""


def poison(workspace: Workspace, text: str, moment: datetime) -> int:
    """Writes `text` and `moment` into every field of the shop's rows that accepts them. Returns the number of changed
    fields."""
    taken = 0
    for model in apps.get_models():
        if model.__module__.startswith("wabolt.") and model is not AuditEntry and model is not User:
            for row in model._default_manager.all()[:50]:
                taken += _write(row, _hostile(row, text, moment))
    User.objects.update(name=text[:100])
    _audit(workspace, text)
    return taken


def _hostile(row: models.Model, text: str, moment: datetime) -> dict[str, Any]:
    """{column: hostile value} of a row."""
    found = {}
    for field in row._meta.concrete_fields:
        if not (field.primary_key or field.is_relation or field.choices or field.name in KEPT):
            value = _value(field, getattr(row, field.attname), text, moment)
            if value is not None:
                found[field.attname] = value
    return found


def _write(row: models.Model, values: dict[str, Any]) -> int:
    """Writes all values, or each one that the database takes by itself. Returns how many were written."""
    if not values:
        return 0
    try:
        with transaction.atomic():
            return len(values) * type(row)._default_manager.filter(pk=row.pk).update(**values)
    except (DatabaseError, ValueError, OverflowError):
        # A constraint: the database never holds such a value.
        return sum(_write(row, {name: value}) for name, value in values.items()) if len(values) > 1 else 0


def _value(field: Any, stored: Any, text: str, moment: datetime) -> Any:
    if isinstance(field, models.JSONField):
        return {"apa": text} if stored == {} and field.name in OPEN else _json(stored, text)
    if isinstance(field, models.DateTimeField):
        return moment if field.null else None
    if isinstance(field, models.DateField):
        return date(moment.year, 1, 1)
    if isinstance(field, models.TextField | models.CharField):
        return _cut(text, field.max_length or len(text))
    return None


def _cut(text: str, most: int) -> str:
    """The beginning of `text`, without the markup if nothing else has room behind it."""
    return (text.removeprefix(MARKUP) if most < len(MARKUP + SHORT) else text)[:most]


def _json(stored: Any, text: str) -> Any:
    """A value of the same shape with hostile texts and enormous numbers."""
    if isinstance(stored, dict):
        return {key: _json(value, text) for key, value in stored.items()}
    if isinstance(stored, list):
        return [_json(value, text) for value in stored]
    if isinstance(stored, bool) or stored is None:
        return stored
    return 10**4000 if isinstance(stored, int) else text


def _facts(text: str) -> Iterator[Any]:
    yield from (text, [text, text], {"apa": text}, 10**4000, -1, 1.5e300, None, True, [], {}, [["a"]])


OF_ACTIONS = ("name", "from", "to", "count")
"""Data that an action puts into words of its own. The words of other data are the same for every action."""


def audit_entries(text: str) -> Iterator[AuditEntry]:
    """Entries with every kind of data, and entries of every action, as an older version or a broken client may have
    written them. They are not stored."""
    for value in _facts(text):
        data = dict.fromkeys((*OF_ACTIONS, *registry._settings, *registry._facts), value)
        for action in (text[:60], next(iter(registry.actions()))):
            yield AuditEntry(actor=text[:150], action=action, target_kind="contact", target_id=1, data=data)
    for value in _facts(text):
        data = dict.fromkeys(OF_ACTIONS, value)
        for action in registry.actions():
            yield AuditEntry(actor=text[:150], action=action, target_kind="contact", target_id=1, data=data)


def _audit(workspace: Workspace, text: str) -> None:
    """Stores as many entries as the page shows: those with every kind of data, and evenly chosen others."""
    entries = list(audit_entries(text))
    whole = [entry for entry in entries if len(entry.data) > len(OF_ACTIONS)]
    others = entries[len(whole) :]
    shown = whole + others[:: len(others) // (AUDIT_A_PAGE - len(whole))][: AUDIT_A_PAGE - len(whole)]
    for entry in shown:
        entry.workspace = workspace
    AuditEntry.objects.bulk_create(shown)
