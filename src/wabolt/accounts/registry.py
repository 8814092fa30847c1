"""The extension points of accounts: audit actions, pages under "Settings", and permissions of roles.

Other rooms register in `AppConfig.ready()`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from wabolt.lib.roles import ROLES, at_least
from wabolt.ui.filters import number_id

Words = str | Promise
MAX_LENGTH = 120
"""The number of characters of a typed text that the audit log shows."""


@dataclass(frozen=True, slots=True)
class Target:
    """The object of audit entries with one `target_kind`.

    `model`: "app.Model". `name`: the field that names the object. `route`: the URL name of its page, which takes the id
    as its only argument, "" for none. `of_workspace`: the model has a field `workspace`.
    """

    model: str
    name: str
    route: str = ""
    of_workspace: bool = True


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """One page under "Settings". `min_role`: the lowest role that sees the entry; the view checks by itself.

    Orders in use: account 5, shop 10, team 20, keys 30, audit 40, stop words 50, permission texts 55, fields 60.
    """

    key: str
    label: Words
    url_name: str
    icon: str
    order: int = 100
    min_role: str = "manager"
    hint: Words = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission of `role` and of every stronger role, as the page "Team" lists it."""

    role: str
    label: Words
    order: int = 100


_actions: dict[str, Words] = {}
_targets: dict[str, Target] = {}
_settings: dict[str, Words] = {}
_values: dict[str, Words] = {}
_facts: dict[str, Callable[[Any], str]] = {}
_counters: dict[str, Callable[[int], str]] = {}
_pages: dict[str, SettingsPage] = {}
_permissions: list[Permission] = []


def register_audit(
    *,
    actions: Mapping[str, Words] | None = None,
    targets: Mapping[str, Target] | None = None,
    settings: Mapping[str, Words] | None = None,
    values: Mapping[str, Words] | None = None,
    facts: Mapping[str, Callable[[Any], str]] | None = None,
    counters: Mapping[str, Callable[[int], str]] | None = None,
) -> None:
    """Adds the names of the actions of a room, and of the data in their audit entries.

    `actions`: {action: name}, for example {"broadcast.start": "Started a broadcast"}.
    `targets`: {target_kind: where the objects are}.
    `settings`: {key: name}, for keys of an entry's data whose value is a pair [before, after].
    `values`: {stored value: name}, for example {"linked": "linked device"}.
    `facts`: {key: function of the stored value that returns the text, "" for nothing}.
    `counters`: {object of the action: function of a number that returns its text with "%(count)s" in it}.
    """
    _actions.update(actions or {})
    _targets.update(targets or {})
    _settings.update(settings or {})
    _values.update(values or {})
    _facts.update(facts or {})
    _counters.update(counters or {})


def actions() -> dict[str, Words]:
    """All registered actions of the audit log."""
    return dict(_actions)


def action_name(action: str) -> str:
    """An action in the reader's language; the action itself when no room has registered it."""
    return str(_actions.get(action, action))


def targets() -> dict[str, Target]:
    """All registered kinds of objects."""
    return dict(_targets)


def setting_name(key: str) -> str | None:
    """The name of a setting whose change an entry keeps."""
    return str(_settings[key]) if key in _settings else None


def fact(key: str) -> Callable[[Any], str] | None:
    """The function that puts this item of an entry's data into words."""
    return _facts.get(key)


def counter(action: str) -> Callable[[int], str] | None:
    """The function that names what an action counts."""
    return _counters.get(action.partition(".")[0])


def register_pages(*pages: SettingsPage) -> None:
    """Adds pages under "Settings". A second registration of a key replaces the first."""
    _pages.update({page.key: page for page in pages})


def register_permissions(*permissions: Permission) -> None:
    """Adds permissions for the page "Team". They are texts: views check roles with `lib.web.requires`."""
    _permissions.extend(one for one in permissions if one not in _permissions)


def settings_pages() -> tuple[SettingsPage, ...]:
    """All pages under "Settings" in the order in which they are drawn."""
    return tuple(sorted(_pages.values(), key=lambda page: (page.order, page.key)))


def pages_for(role: str) -> list[tuple[SettingsPage, str]]:
    """The pages that a role may see, each with its address."""
    found = []
    for page in settings_pages():
        if at_least(role, page.min_role):
            try:
                found.append((page, reverse(page.url_name)))
            except NoReverseMatch:
                continue
    return found


def permissions_of(role: str) -> list[Words]:
    """The permissions of `role` that weaker roles do not have."""
    return [one.label for one in sorted(_permissions, key=lambda one: one.order) if one.role == role]


def permissions() -> dict[str, list[Words]]:
    """`permissions_of` for every role, the weakest first."""
    return {role: permissions_of(role) for role in ROLES}


def value_name(value: Any) -> str:
    """A stored value as people read it: "nothing" for an empty one, "no" for False, 19.30 for 19:30:00."""
    text = "" if value is None else str(value)
    if not text:
        return str(_("nothing"))
    if text in _values:
        return str(_values[text])
    if len(text) == 8 and text[2] == text[5] == ":":
        return text[:5].replace(":", ".")
    is_number = text.isascii() and text.isdigit() and len(text) <= 18
    return number_id(int(text)) if is_number else shorten(text)


def quoted(value: Any) -> str:
    """A typed text in quotation marks; "" for none."""
    return f"“{shorten(str(value))}”" if value else ""


def shorten(text: str) -> str:
    """The first MAX_LENGTH characters of a typed text."""
    return text if len(text) <= MAX_LENGTH else f"{text[:MAX_LENGTH].rstrip()}…"
