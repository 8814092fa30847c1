"""The pages under "Settings". Rooms register theirs in `AppConfig.ready()`; the settings page only draws them."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from wabolt.lib.roles import at_least


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """One page under "Settings". `min_role`: the lowest role that sees it; the view itself still has to check.

    Orders in use: shop 10, team 20, keys 30, audit 40, stop words 50.
    """

    key: str
    label: str | Promise
    url_name: str
    icon: str
    order: int = 100
    min_role: str = "manager"
    hint: str | Promise = ""


_pages: dict[str, SettingsPage] = {}


def register(*pages: SettingsPage) -> None:
    """Adds pages; the same key again replaces the old entry."""
    _pages.update({page.key: page for page in pages})


def pages_for(role: str) -> list[tuple[SettingsPage, str]]:
    """The pages a role may see, each with its address, in drawing order."""
    found = []
    for page in sorted(_pages.values(), key=lambda page: (page.order, page.key)):
        if at_least(role, page.min_role):
            try:
                found.append((page, reverse(page.url_name)))
            except NoReverseMatch:
                continue
    return found
