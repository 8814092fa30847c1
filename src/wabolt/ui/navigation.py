"""The one list of places a person can go to. Rooms register their places; templates only draw them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from wabolt.lib.roles import at_least

Section = Literal["main", "more", "settings"]
PHONE_PLACES = 4


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place.

    `section`: "main" stands at the top, "more" under it, "settings" at the foot of the side bar.
    `phone_bar`: one of the four places of the phone's bottom bar (the fifth is always "More").
    `min_role`: the lowest role that may see the entry; the view itself still has to check.
    `waiting(request)`: how much waits there for somebody, shown as a number beside the name (past 99 as "99+"); asked
    once a page, so it must be one quick look that need not count further than 100.
    `also`: beginnings of other addresses that belong to this place.
    `shown(request)`: whether this workspace has a use for it; asked once a page, so it must be one quick look.
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
class Place:
    """A NavItem as one person sees it right now: with its address and whether they are in it."""

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
    """All places of one request, sorted, ready to draw."""

    main: tuple[Place, ...]
    more: tuple[Place, ...]
    settings: tuple[Place, ...]

    @property
    def phone(self) -> tuple[Place, ...]:
        """The places of the bottom bar, without "More"."""
        return tuple(p for p in (*self.main, *self.more) if p.phone_bar)[:PHONE_PLACES]

    @property
    def beyond_phone(self) -> tuple[Place, ...]:
        """What the bottom bar has no room for: the "More" page."""
        on_bar = {p.key for p in self.phone}
        return tuple(p for p in (*self.main, *self.more, *self.settings) if p.key not in on_bar)


_items: dict[str, NavItem] = {}


def register(item: NavItem) -> None:
    """Add a place; called from a room's `AppConfig.ready()`. The same key again replaces the old entry."""
    _items[item.key] = item


def registered() -> tuple[NavItem, ...]:
    """Every registered place in drawing order."""
    return tuple(sorted(_items.values(), key=lambda item: (item.order, item.key)))


def build(request: HttpRequest) -> Navigation:
    """The places this request may see: the address resolves and the member's role suffices."""
    membership = getattr(request, "membership", None)
    role = getattr(membership, "role", "")
    reachable: list[tuple[NavItem, str]] = []
    for item in registered():
        if not at_least(role, item.min_role) or (item.shown is not None and not item.shown(request)):
            continue
        try:
            reachable.append((item, reverse(item.url_name)))
        except NoReverseMatch:
            continue
    current = _deepest(request.path, (url for _, url in reachable))
    if current is None:
        current = next((url for item, url in reachable if request.path.startswith(item.also)), None)
    places = [
        Place(
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
    """The longest address that `path` lies under, so a contact's page lights up "Contacts".

    "/" lies above everything and therefore counts only for itself.
    """
    under = [url for url in urls if path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))]
    return max(under, key=len, default=None)
