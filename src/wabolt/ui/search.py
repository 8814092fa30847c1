"""The search of the shell: rooms register finders, one page shows the results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from wabolt.lib.roles import at_least

LIMIT = 6
"""The number of hits per kind."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit: its name, its URL, and a line that distinguishes it from others of the same name."""

    title: str
    url: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Finder:
    """The search of one room. `find(request, words, limit)` returns at most `limit` hits in the request's workspace,
    the best first; `more(words)` returns the URL of the room's list with all hits. `min_role`: the lowest role that may
    search."""

    key: str
    title: str | Promise
    icon: str
    find: Callable[[HttpRequest, str, int], Sequence[Hit]]
    more: Callable[[str], str] | None = None
    min_role: str = "viewer"
    order: int = 100


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one room; `more_url` is empty if all of them are shown."""

    title: str | Promise
    icon: str
    hits: Sequence[Hit]
    more_url: str


_finders: dict[str, Finder] = {}


def register(finder: Finder) -> None:
    """Adds a finder; called from a room's `AppConfig.ready()`. The same key replaces the earlier finder."""
    _finders[finder.key] = finder


def find(request: HttpRequest, words: str) -> list[Group]:
    """Returns the hits of all rooms for `words` in the request's workspace, without rooms that found nothing."""
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
