"""Where rooms above put their own pieces on the contact page and marks on the rows of the contact list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.http import HttpRequest
from django.utils.functional import Promise

from wabolt.contacts.models import Contact
from wabolt.lib.roles import at_least

if TYPE_CHECKING:
    from wabolt.contacts.queries import Filters

Place = Literal["head", "data", "timeline", "conversation"]


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of the contact page.

    `template` is rendered with the page's context plus what `context(request, contact)` answers, as `panel`.
    """

    key: str
    title: str | Promise
    template: str
    context: Callable[[HttpRequest, Contact], dict[str, Any]]
    place: Place = "data"
    order: int = 100


@dataclass(frozen=True, slots=True)
class Mark:
    """What a room says about the people of one page of the contact list, read for all of them at once.

    `read(workspace, contact_ids)` answers {contact id: (word, tone)}; who has no entry has no mark. Tones as in
    `ui.states`. `filters`: {value: (label, SQL condition over alias `c`)} become chips of the list under the
    parameter `key`; conditions may use the parameter %(workspace)s and nothing that a person typed.
    """

    key: str
    title: str | Promise
    read: Callable[[Any, Sequence[int]], Mapping[int, tuple[str, str]]]
    filters: Mapping[str, tuple[str | Promise, str]] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class ListAction:
    """What else can be done with the contacts that the list is narrowed to: `url(filters)` is where it leads, empty
    where it has nothing to offer for these filters; `min_role` who may see it."""

    key: str
    label: str | Promise
    icon: str
    url: "Callable[[Filters], str]"
    min_role: str = "manager"


Word = tuple[str, str]
"""A word and its tone, as in `ui.states`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a room says of two contacts that are about to be joined, and of the one they become."""

    label: str
    kept: Word
    absorbed: Word
    result: Word


Foretell = Callable[[Any, int, int], Standing]
"""(workspace, id of the kept one, id of the absorbed one)."""

_foretold: dict[str, Foretell] = {}
_panels: dict[str, Panel] = {}
_marks: dict[str, Mark] = {}
_actions: dict[str, ListAction] = {}
LastContact = Callable[[Any, Sequence[int]], dict[int, datetime]]
_last_contact: dict[str, LastContact] = {}


def register_panel(panel: Panel) -> None:
    """Adds a panel; called from a room's `AppConfig.ready()`. The same key again replaces it."""
    _panels[panel.key] = panel


def register_mark(mark: Mark) -> None:
    """Adds a mark to the rows of the contact list; the same key again replaces it."""
    _marks[mark.key] = mark


def register_list_action(action: ListAction) -> None:
    """Adds an action to the contact list; the same key again replaces it."""
    _actions[action.key] = action


def register_standing(key: str, foretell: Foretell) -> None:
    """Adds a line to the page on which two contacts are joined; the same key again replaces it."""
    _foretold[key] = foretell


def register_last_contact(read: LastContact) -> None:
    """Sets what tells when contacts last wrote to the shop or were written to."""
    _last_contact["read"] = read


def last_contact(workspace: Any, contact_ids: Sequence[int]) -> dict[int, datetime]:
    """{contact id: time of the last message, in or out}; a contact without one has no entry."""
    read = _last_contact.get("read")
    return read(workspace, contact_ids) if read else {}


def foretell(workspace: Any, kept_id: int, absorbed_id: int) -> list[Standing]:
    """What every room says of joining these two."""
    return [_foretold[key](workspace, kept_id, absorbed_id) for key in sorted(_foretold)]


def actions_for(role: str, filters: "Filters") -> list[tuple[ListAction, str]]:
    """The actions, each with its address, that a member of this role may take with these filters."""
    seen = [(action, action.url(filters)) for action in _actions.values() if at_least(role, action.min_role)]
    return [(action, url) for action, url in seen if url]


def panels(place: Place) -> list[Panel]:
    """The panels of one place, in drawing order."""
    return sorted((p for p in _panels.values() if p.place == place), key=lambda p: (p.order, p.key))


def marks() -> list[Mark]:
    """All marks, in drawing order."""
    return sorted(_marks.values(), key=lambda m: (m.order, m.key))
