"""The registry of navigation entries. Rooms register entries; templates draw them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from wabolt.lib.roles import at_least

Section = Literal["main", "more", "settings"]
PHONE_PLACES = 4


@dataclass(frozen=True, slots=True)
class NavItem:
    """A navigation entry.

    - `section`: "main" is at the top, "more" below it, "settings" at the bottom of the side bar.
    - `phone_bar`: one of the four entries of the phone's bottom bar (the fifth is always "More").
    - `min_role`: the lowest role that sees the entry; the view checks the role itself.
    - `waiting(request)`: the number of waiting items, shown next to the name (above 99 as "99+"). Called once
      per page, so it must be one fast query; it need not count beyond 100.
    - `also`: prefixes of other paths that belong to this entry.
    - `shown(request)`: whether the workspace needs the entry. Called once per page, so it must be one fast query.
    """

    key: str
    label: str | Promise
    url_name: str
    icon: str
    section: Section = "main"
    phone_bar: bool = False
    order: int = 100
    min_role: str = "viewer"
    hint: str | Promise = ""
    shown: Callable[[HttpRequest], bool] | None = None
    waiting: Callable[[HttpRequest], int] | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NavLink:
    """A NavItem for one request: with its URL, and whether it is the current one."""

    key: str
    label: str | Promise
    url: str
    icon: str
    section: Section
    phone_bar: bool
    hint: str | Promise
    active: bool
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Navigation:
    """All entries of one request, sorted."""

    main: tuple[NavLink, ...]
    more: tuple[NavLink, ...]
    settings: tuple[NavLink, ...]

    @property
    def version(self) -> str:
        """A text that differs if the navigation differs, in one language. Templates cache what they draw by it."""
        links = (*self.main, *self.more, *self.settings)
        return " ".join(f"{link.key}:{link.waiting}:{link.active:d}" for link in links)

    @property
    def waiting(self) -> int:
        """The sum of `waiting` over all places: the number on the icon of the installed app."""
        return sum(place.waiting for place in (*self.main, *self.more, *self.settings))

    @property
    def phone(self) -> tuple[NavLink, ...]:
        """The entries of the bottom bar, without "More"."""
        return tuple(p for p in (*self.main, *self.more) if p.phone_bar)[:PHONE_PLACES]

    @property
    def beyond_phone(self) -> tuple[NavLink, ...]:
        """The entries of the "More" page: those that the bottom bar does not show."""
        on_bar = {p.key for p in self.phone}
        return tuple(p for p in (*self.main, *self.more, *self.settings) if p.key not in on_bar)


@dataclass(frozen=True, slots=True)
class NavTab:
    """A tab of a place that several rooms share. `place`: the key of its `NavItem`."""

    place: str
    key: str
    label: str | Promise
    url_name: str
    order: int = 100


_items: dict[str, NavItem] = {}
_tabs: dict[tuple[str, str], NavTab] = {}


def register_tab(tab: NavTab) -> None:
    """Adds a tab. The same place and key replace the earlier tab."""
    _tabs[tab.place, tab.key] = tab


def tabs_of(place: str) -> list[tuple[str, str | Promise, str]]:
    """The tabs of a place for `{% tabs %}`: (key, label, URL), in order."""
    found = sorted((tab for tab in _tabs.values() if tab.place == place), key=lambda tab: (tab.order, tab.key))
    return [(tab.key, tab.label, reverse(tab.url_name)) for tab in found]


@cache
def address(url_name: str) -> str:
    """The URL of a route without arguments, which stays the same. Raises NoReverseMatch, which is not kept."""
    return reverse(url_name)


def register(item: NavItem) -> None:
    """Adds an entry; called from a room's `AppConfig.ready()`. The same key replaces the earlier entry."""
    _items[item.key] = item


def registered() -> tuple[NavItem, ...]:
    """Returns all registered entries, sorted."""
    return tuple(sorted(_items.values(), key=lambda item: (item.order, item.key)))


def build(request: HttpRequest) -> Navigation:
    """Returns the entries for this request: those with an existing URL and a sufficient role."""
    membership = getattr(request, "membership", None)
    role = getattr(membership, "role", "")
    reachable: list[tuple[NavItem, str]] = []
    for item in registered():
        if not at_least(role, item.min_role) or (item.shown is not None and not item.shown(request)):
            continue
        try:
            reachable.append((item, address(item.url_name)))
        except NoReverseMatch:
            continue
    current = _deepest(request.path, (url for _, url in reachable))
    if current is None:
        current = next((url for item, url in reachable if request.path.startswith(item.also)), None)
    places = [
        NavLink(
            i.key,
            i.label,
            url,
            i.icon,
            i.section,
            i.phone_bar,
            i.hint,
            active=url == current,
            waiting=i.waiting(request) if i.waiting else 0,
        )
        for i, url in reachable
    ]
    return Navigation(
        main=tuple(p for p in places if p.section == "main"),
        more=tuple(p for p in places if p.section == "more"),
        settings=tuple(p for p in places if p.section == "settings"),
    )


def _deepest(path: str, urls: Iterable[str]) -> str | None:
    """Returns the longest of `urls` that is a prefix of `path`, so that a contact's page marks "Contacts".

    "/" is a prefix of every path and therefore matches only itself.
    """
    under = [url for url in urls if path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))]
    return max(under, key=len, default=None)
