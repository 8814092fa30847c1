"""Kinds of events: what the timeline calls them. Each room registers the kinds that it records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
class EventKind:
    """One kind of event.

    `key`: stored with each event, for example "order_completed".
    `label`: its name on the timeline. `icon`: a name of the sprite. `tone`: as in `ui.states`.
    `group`: the filter of the timeline that shows it.
    `line(data)`: the text under the label. It must not fail for data that an older version stored.
    `lines(workspace id, [data])`: the same for several events in a fixed number of statements, where the text is stored
    elsewhere. It returns a text for each of them, in order.
    """

    key: str
    label: str | Promise
    icon: str
    group: Group
    tone: str = "neutral"
    line: Callable[[Data], str] = _no_line
    lines: Callable[[int, Sequence[Data]], Sequence[str]] | None = None


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
