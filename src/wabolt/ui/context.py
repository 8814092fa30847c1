"""What every page knows about the shell around it."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from wabolt.ui import navigation

# Pages of higher rooms that the shell links to when they exist: variable name -> url names to try.
_LINKS = {
    "search_url": ("search:page", "contacts:search", "search"),
    "profile_url": ("accounts:profile", "account_change_password"),
    "switch_url": ("accounts:switch", "accounts:workspaces"),
    "logout_url": ("accounts:logout", "account_logout"),
    "home_url": ("analytics:dashboard", "home"),
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` (navigation and links), `workspace`, `membership`."""
    return {
        "shell": SimpleLazyObject(lambda: _shell(request)),
        "workspace": getattr(request, "workspace", None),
        "membership": getattr(request, "membership", None),
    }


def _shell(request: HttpRequest) -> dict[str, Any]:
    links = {name: first_url(*url_names) for name, url_names in _LINKS.items()}
    nav = navigation.build(request)
    more_url = first_url("ui:more")
    on_more = request.path == more_url
    return {
        "nav": nav,
        "more_url": more_url,
        "on_more": on_more,
        # On the phone "More" stands for every place that has no entry of its own there.
        "more_active": on_more or any(place.active for place in nav.beyond_phone),
        **links,
    }


def first_url(*url_names: str) -> str:
    """The address of the first name that resolves, or an empty string."""
    for name in url_names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""
