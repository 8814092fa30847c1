"""Pieces that other rooms add to the contact page, the contact list and the merge page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.functional import Promise

from wabolt.contacts.models import Contact
from wabolt.contacts.rules import Filters
from wabolt.lib.roles import at_least

Slot = Literal["head", "data", "timeline", "conversation"]


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of the contact page.

    `template` is rendered with the page's context and `panel` = `context(request, contact)`. A panel whose context is
    None has nothing to show and is left out.
    """

    key: str
    title: str | Promise
    template: str
    context: Callable[[HttpRequest, Contact], dict[str, Any] | None]
    slot: Slot = "data"
    order: int = 100


@dataclass(frozen=True, slots=True)
class Mark:
    """A badge on the rows of the contact list, read for a whole page at once.

    `read(workspace, contact_ids)` returns {contact id: (word, tone)}; a contact without an entry has no badge. Tones as
    in `ui.states`. `filters`: {value: (label, SQL condition over alias `c`)} become filters of the list under the
    parameter `key`. The conditions may use the parameter %(workspace)s and no user input.
    """

    key: str
    title: str | Promise
    read: Callable[[Any, Sequence[int]], Mapping[int, tuple[str, str]]]
    filters: Mapping[str, tuple[str | Promise, str]] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class ListAction:
    """An action for the filtered contact list. `url(filters)`: its address, empty if it has nothing to offer for these
    filters. `min_role`: the lowest role that sees it."""

    key: str
    label: str | Promise
    icon: str
    url: Callable[[Filters], str]
    min_role: str = "manager"


Word = tuple[str, str]
"""A word and its tone, as in `ui.states`."""


@dataclass(frozen=True, slots=True)
class MergePreview:
    """The state of two contacts before a merge, and of the contact after it, from the view of one room."""

    label: str
    kept: Word
    absorbed: Word
    result: Word


MergePreviewer = Callable[[Any, int, int], MergePreview]
"""Arguments: workspace, id of the kept contact, id of the absorbed one."""

_merge_previews: dict[str, MergePreviewer] = {}
_panels: dict[str, Panel] = {}
_marks: dict[str, Mark] = {}
_actions: dict[str, ListAction] = {}
LastContact = Callable[[Any, Sequence[int]], dict[int, datetime]]
_last_contact: dict[str, LastContact] = {}


def register_panel(panel: Panel) -> None:
    """Adds a panel; called from a room's `AppConfig.ready()`. A second registration of a key replaces the first."""
    _panels[panel.key] = panel


def register_mark(mark: Mark) -> None:
    """Adds a badge to the rows of the contact list. A second registration of a key replaces the first."""
    _marks[mark.key] = mark


def register_list_action(action: ListAction) -> None:
    """Adds an action to the contact list. A second registration of a key replaces the first."""
    _actions[action.key] = action


def register_merge_preview(key: str, previewer: MergePreviewer) -> None:
    """Adds a line to the merge page. A second registration of a key replaces the first."""
    _merge_previews[key] = previewer


def register_last_contact(read: LastContact) -> None:
    """Sets the source of the time of the last message of contacts, in or out."""
    _last_contact["read"] = read


def last_contact(workspace: Any, contact_ids: Sequence[int]) -> dict[int, datetime]:
    """{contact id: time of the last message, in or out}; a contact without one has no entry."""
    read = _last_contact.get("read")
    return read(workspace, contact_ids) if read else {}


def merge_previews(workspace: Any, kept_id: int, absorbed_id: int) -> list[MergePreview]:
    """Returns the lines of all rooms about a merge of these two contacts."""
    return [_merge_previews[key](workspace, kept_id, absorbed_id) for key in sorted(_merge_previews)]


def actions_for(role: str, filters: Filters) -> list[tuple[ListAction, str]]:
    """Returns the actions, each with its address, for a member of this role and these filters."""
    seen = [(action, action.url(filters)) for action in _actions.values() if at_least(role, action.min_role)]
    return [(action, url) for action, url in seen if url]


def panels(slot: Slot) -> list[Panel]:
    """The panels of one slot, in drawing order."""
    return sorted((p for p in _panels.values() if p.slot == slot), key=lambda p: (p.order, p.key))


def shown_panels(slot: Slot, request: HttpRequest, contact: Contact) -> list[tuple[Panel, dict[str, Any]]]:
    """The panels of one slot that have something to show about the contact, with their context, in drawing order."""
    return [(panel, values) for panel in panels(slot) if (values := panel.context(request, contact)) is not None]


def marks() -> list[Mark]:
    """All marks, in drawing order."""
    return sorted(_marks.values(), key=lambda m: (m.order, m.key))
