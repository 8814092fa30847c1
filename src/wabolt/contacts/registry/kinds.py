"""Kinds of events: what the timeline calls them. Each room registers the kinds that it records."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace

Data = Mapping[str, Any]
Group = Literal["data", "permission", "messages", "purchases"]

GROUPS: Mapping[Group, Promise] = {
    "data": _("Data"),
    "permission": _("Permission"),
    "messages": _("Messages"),
    "purchases": _("Purchases"),
}
"""The filters of the timeline."""


def _no_line(_data: Data) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class ValueSearch:
    """The values of a fact of which a shop may have thousands, all of them texts.

    `find(workspace, text, most)`: the first ones whose words contain the text, as (value, words); all for "".
    `words(workspace, values)`: the words of these values, without those that do not exist.
    """

    find: Callable[[Workspace, str, int], Sequence[tuple[str, str]]]
    words: Callable[[Workspace, Collection[str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class EventFact:
    """A value in the data of an event that conditions can ask about.

    `key`: its name in the data. `label`: its name in a form.
    `choices(workspace)`: its possible values with their words, where they are known; `search` instead of it where they
    are too many to list. Without both the value is a number that conditions compare, and `is_money` says that it counts
    the smallest unit of the currency.
    A list in the data has each of its values.
    """

    key: str
    label: str | Promise
    choices: Callable[[Workspace], Sequence[tuple[Any, str]]] | None = None
    is_money: bool = False
    search: ValueSearch | None = None

    @property
    def is_number(self) -> bool:
        """Whether conditions compare the value."""
        return self.choices is None and self.search is None


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event.

    `key`: stored with each event, for example "order_completed".
    `label`: its name on the timeline. `icon`: a name of the sprite. `tone`: as in `ui.states`.
    `group`: the filter of the timeline that shows it.
    `line(data)`: the text under the label. It must not fail for data that an older version stored.
    `lines(workspace id, [data])`: the same for several events in a fixed number of statements, where the text is stored
    elsewhere. It returns a text for each of them, in order.
    `facts`: the values of its data that conditions can ask about.
    """

    key: str
    label: str | Promise
    icon: str
    group: Group
    tone: str = "neutral"
    line: Callable[[Data], str] = _no_line
    lines: Callable[[int, Sequence[Data]], Sequence[str]] | None = None
    facts: Sequence[EventFact] = ()


def names_of(model: type[models.Model], column: str = "name") -> Callable[[Workspace], Sequence[tuple[Any, str]]]:
    """`EventFact.choices` of a value that holds the id of a row: the rows of the workspace by name."""

    def choices(workspace: Workspace) -> Sequence[tuple[Any, str]]:
        rows = model._default_manager.filter(workspace=workspace).order_by(column, "pk")
        return [(pk, str(name)) for pk, name in rows.values_list("pk", column)]

    return choices


def name_lines(model: type[models.Model], key: str) -> Callable[[int, Sequence[Mapping[str, Any]]], list[str]]:
    """`EventKind.lines` that show the name of the row whose id the data holds at `key`; "" for a deleted row. Kinds
    that share the function share its statement."""

    def lines(workspace_id: int, data: Sequence[Mapping[str, Any]]) -> list[str]:
        ids = [pk if type(pk := values.get(key)) is int else 0 for values in data]
        rows = model._default_manager.filter(workspace=workspace_id, pk__in=ids)
        names = {pk: str(name) for pk, name in rows.values_list("pk", "name")}
        return [names.get(pk, "") for pk in ids]

    return lines


_kinds: dict[str, EventKind] = {}


def register_event_kinds(*kinds: EventKind) -> None:
    """Adds kinds of events. A second registration of a key replaces the first."""
    _kinds.update({kind.key: kind for kind in kinds})


def event_kind(key: str) -> EventKind:
    """The registered kind; for an unknown key one that shows the key itself."""
    return _kinds.get(key) or EventKind(key, key.replace("_", " ").capitalize(), "point", "data")


def event_kinds() -> tuple[EventKind, ...]:
    """All registered kinds by key."""
    return tuple(_kinds[key] for key in sorted(_kinds))
