"""Audit entries as sentences: what was done, to which object, and what changed.

The words come from `registry`. Data of an entry that no room has registered is kept in the database and not shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext as _

from wabolt.accounts import registry
from wabolt.accounts.models import AuditEntry, Membership, Workspace
from wabolt.accounts.registry import shorten, value_name
from wabolt.ui.filters import number_id


@dataclass(frozen=True, slots=True)
class EntryText:
    """One entry as the page shows it. `name` and `url` are "" when the object has none or is deleted."""

    entry: AuditEntry
    action: str
    name: str
    url: str
    details: str
    who: str


def describe(workspace: Workspace, entries: Sequence[AuditEntry]) -> list[EntryText]:
    """`entries` as sentences, with one query for each kind of object."""
    names = _names(workspace, entries)
    return [_describe(entry, names.get((entry.target_kind, entry.target_id or 0))) for entry in entries]


def _names(workspace: Workspace, entries: Iterable[AuditEntry]) -> dict[tuple[str, int], str]:
    ids_by_kind: dict[str, set[int]] = defaultdict(set)
    targets = registry.targets()
    for entry in entries:
        if entry.target_id and entry.target_kind in targets:
            ids_by_kind[entry.target_kind].add(entry.target_id)
    names = {}
    for kind, ids in ids_by_kind.items():
        target = targets[kind]
        objects = apps.get_model(target.model)._default_manager.filter(pk__in=ids)
        if target.of_workspace:
            objects = objects.filter(workspace=workspace)
        names.update({(kind, pk): str(name) for pk, name in objects.values_list("pk", target.name)})
    return names


def _describe(entry: AuditEntry, name_now: str | None) -> EntryText:
    name_then = entry.data.get("name")
    target = registry.targets().get(entry.target_kind)
    url = reverse(target.route, args=[entry.target_id]) if target and target.route and name_now else ""
    name = name_now or (name_then if isinstance(name_then, str) else "")
    facts = [fact for key, value in entry.data.items() if (fact := _fact(key, value, entry))]
    action = registry.action_name(entry.action)
    return EntryText(entry, action, shorten(name), url, " · ".join(facts), _who(entry.actor))


def _who(actor: str) -> str:
    """The person without the e-mail address, or a program in the reader's language."""
    programs = {"command line": _("Command line"), "system": "WABolt"}
    return programs.get(actor) or actor.partition(" <")[0].strip() or actor


def _fact(key: str, value: Any, entry: AuditEntry) -> str:
    """Puts one item of an entry's data into words. Returns "" for an item that is not for people.

    Data of an older version that the registered function cannot read is shown as it is stored.
    """
    setting = registry.setting_name(key)
    if setting is not None and isinstance(value, list) and len(value) == 2:
        before, after = (value_name(part) for part in value)
        if value[0] in ("", None):
            return f"{setting}: {after}"
        return _("%(setting)s: %(before)s, now %(after)s") % {"setting": setting, "before": before, "after": after}
    if key == "to" and "from" in entry.data:
        return _("%(before)s, now %(after)s") % {"before": role_name(entry.data["from"]), "after": role_name(value)}
    count, say = registry.counter(entry.action), registry.fact(key)
    try:
        if key == "count" and count is not None:
            return count(value) % {"count": number_id(value)}
        return say(value) if say is not None else ""
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError):
        return shorten(str(value))


def role_name(value: Any) -> str:
    """A role in the reader's language."""
    return str(dict(Membership.Role.choices).get(str(value), value))
