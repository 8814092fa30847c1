"""The search of the shell: rooms say what they find, one page shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from wabolt.lib.roles import at_least

LIMIT = 6
"""So many of each kind are shown."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: its name, where it leads, and a line that tells it from others of the same name."""

    title: str
    url: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Finder:
    """What a room finds. `find(request, words, limit)` answers at most `limit` hits of the request's workspace, the
    best first; `more(words)` is the address of the room's own list with all of them. `min_role`: who may ask."""

    key: str
    title: str | Promise
    icon: str
    find: Callable[[HttpRequest, str, int], Sequence[Hit]]
    more: Callable[[str], str] | None = None
    min_role: str = "viewer"
    order: int = 100


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one room; `more_url` is empty where all of them are shown."""

    title: str | Promise
    icon: str
    hits: Sequence[Hit]
    more_url: str


_finders: dict[str, Finder] = {}


def register(finder: Finder) -> None:
    """Adds a finder; called from a room's `AppConfig.ready()`. The same key again replaces it."""
    _finders[finder.key] = finder


def find(request: HttpRequest, words: str) -> list[Group]:
    """What the rooms find for `words` in the request's workspace; rooms that find nothing are left out."""
    role = getattr(getattr(request, "membership", None), "role", "")
    groups = []
    for finder in sorted(_finders.values(), key=lambda finder: (finder.order, finder.key)):
        if not at_least(role, finder.min_role):
            continue
        hits = finder.find(request, words, LIMIT + 1)
        if hits:
            more = finder.more(words) if finder.more and len(hits) > LIMIT else ""
            groups.append(Group(finder.title, finder.icon, hits[:LIMIT], more))
    return groups
