"""The record of the team as sentences: what was done, to what, and how it was before and after.

Rooms register what their actions are called (`words.register_actions`) and where the things of their actions stand
(`register_target`); what an entry keeps beside that is told by its key. What has no words is left to the database.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from wabolt.accounts.models import AuditEntry, Membership, Workspace
from wabolt.accounts.words import action_word
from wabolt.ui.filters import number_id

LONGEST = 120
"""So much of what somebody typed is shown."""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as it is read: what was done, the thing's name and page (empty when it is gone), and what changed."""

    entry: AuditEntry
    action: str
    name: str
    url: str
    details: str
    who: str


@dataclass(frozen=True, slots=True)
class _Target:
    model: str
    name: str
    route: str
    of_workspace: bool


_targets: dict[str, _Target] = {}

_SETTINGS: dict[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "timezone": gettext_lazy("Time zone"),
    "language": gettext_lazy("Language"),
    "currency": gettext_lazy("Currency"),
    "messages_per_minute": gettext_lazy("Messages per minute"),
    "jitter_percent": gettext_lazy("Irregular gaps"),
    "daily_cap": gettext_lazy("Promotions a day"),
    "warm_up": gettext_lazy("Warm-up"),
    "quiet_from": gettext_lazy("Quiet from"),
    "quiet_until": gettext_lazy("Quiet until"),
    "cap_per_day": gettext_lazy("Promotions per person a day"),
    "cap_per_week": gettext_lazy("Promotions per person a week"),
}
_WORDS: dict[str, str | Promise] = {
    "True": gettext_lazy("yes"),
    "False": gettext_lazy("no"),
    "marketing": pgettext_lazy("purpose", "promotions"),
    "service": pgettext_lazy("purpose", "service"),
    "stop": gettext_lazy("stop word"),
    "start": gettext_lazy("join word"),
    "simulator": gettext_lazy("simulated phones"),
    "linked": gettext_lazy("linked device"),
    "cloud": gettext_lazy("Cloud API"),
    "id": gettext_lazy("Indonesian"),
    "en": gettext_lazy("English"),
    "sent": gettext_lazy("sent"),
    "failed": gettext_lazy("not sent"),
}


def register_target(kind: str, model: str, name: str, route: str, *, of_workspace: bool = True) -> None:
    """Teaches the page what entries with this `target_kind` are about: the `name` field of `model` ("app.Model"), and
    the `route` that shows it by its id ("" for none). `of_workspace`: whether the model has a workspace of its own."""
    _targets[kind] = _Target(model, name, route, of_workspace)


def tell(workspace: Workspace, entries: Sequence[AuditEntry]) -> list[Told]:
    """`entries` as sentences; one query for each kind of thing they are about."""
    known = _names(workspace, entries)
    return [_tell(entry, known.get((entry.target_kind, entry.target_id or 0))) for entry in entries]


def _names(workspace: Workspace, entries: Iterable[AuditEntry]) -> dict[tuple[str, int], str]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.target_id and entry.target_kind in _targets:
            wanted[entry.target_kind].add(entry.target_id)
    found = {}
    for kind, ids in wanted.items():
        target = _targets[kind]
        things = apps.get_model(target.model)._default_manager.filter(pk__in=ids)
        if target.of_workspace:
            things = things.filter(workspace=workspace)
        found.update({(kind, pk): str(name) for pk, name in things.values_list("pk", target.name)})
    return found


def _tell(entry: AuditEntry, found: str | None) -> Told:
    kept = entry.data.get("name")
    target = _targets.get(entry.target_kind)
    url = reverse(target.route, args=[entry.target_id]) if target and target.route and found else ""
    name = found or (kept if isinstance(kept, str) else "")
    facts = [fact for key, value in entry.data.items() if (fact := _fact(key, value, entry))]
    return Told(entry, action_word(entry.action), _short(name), url, " · ".join(facts), _who(entry.actor))


def _who(actor: str) -> str:
    """The person without the address, a program in the reader's words."""
    programs = {"command line": _("Command line"), "system": "WABolt"}
    return programs.get(actor) or actor.partition(" <")[0].strip() or actor


def _fact(key: str, value: Any, entry: AuditEntry) -> str:
    """One thing an entry keeps, in words; "" for what only a program reads."""
    if key in _SETTINGS and isinstance(value, list) and len(value) == 2:
        before, after = (_word(part) for part in value)
        return _("%(setting)s: %(before)s, now %(after)s") % {
            "setting": _SETTINGS[key], "before": before, "after": after,
        }  # fmt: skip
    if key == "to" and "from" in entry.data:
        return _("%(before)s, now %(after)s") % {"before": _role(entry.data["from"]), "after": _role(value)}
    if key == "count" and entry.action.startswith("contact."):
        return ngettext("%(count)s contact", "%(count)s contacts", value) % {"count": number_id(value)}
    if key == "count" and entry.action.startswith("broadcast."):
        return ngettext("%(count)s message", "%(count)s messages", value) % {"count": number_id(value)}
    say = _FACTS.get(key)
    return say(value) if say is not None else ""


def _role(value: Any) -> str:
    return str(dict(Membership.Role.choices).get(value, value))


def _word(value: Any) -> str:
    """A stored value as it is said: no for False, 19.30 for 19:30:00."""
    text = str(value)
    if text in _WORDS:
        return str(_WORDS[text])
    if len(text) == 8 and text[2] == text[5] == ":":
        return text[:5].replace(":", ".")
    return number_id(int(text)) if text.isascii() and text.isdigit() else _short(text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"


def _quoted(value: Any) -> str:
    return f"“{_short(str(value))}”" if value else ""


_FACTS: dict[str, Callable[[Any], str]] = {
    "role": _role,
    "count": number_id,
    "labels": lambda value: _("Labels: %(labels)s") % {"labels": _short(", ".join(map(str, value)))},
    "kind": lambda value: str(value).upper(),
    "purpose": _word,
    "word": _quoted,
    "means": _word,
    "version": lambda value: _("version %(number)s") % {"number": value},
    "reason": _quoted,
    "provider": _word,
    "about": _quoted,
    "picture": lambda _value: _("picture"),
    "answers": lambda _value: _("answers to STOP and JOIN"),
    "created": lambda value: _("new: %(count)s") % {"count": number_id(value)},
    "known": lambda value: _("known: %(count)s") % {"count": number_id(value)},
    "refused": lambda value: _("refused: %(count)s") % {"count": number_id(value)},
    "allowed": lambda value: _("allowed") if value else _("not allowed"),
    "new_token": lambda value: _("new access token") if value else "",
    "verdict": _word,
}
