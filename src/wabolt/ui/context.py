"""The context of the shell around every page."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.functional import SimpleLazyObject

from wabolt.ui import navigation, strips

# Pages of higher rooms that the shell links to if they exist.
_LINKS = {
    "search_url": "contacts:search",
    "profile_url": "accounts:profile",
    "login_url": "account_login",
    "logout_url": "account_logout",
    "home_url": "analytics:home",
}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` (navigation, links and strips), `workspace`, `membership`."""
    return {
        "shell": SimpleLazyObject(lambda: _shell(request)),
        "workspace": getattr(request, "workspace", None),
        "membership": getattr(request, "membership", None),
    }


def _shell(request: HttpRequest) -> dict[str, Any]:
    links = {name: address(url_name) for name, url_name in _LINKS.items()}
    nav = navigation.build(request)
    more_url = address("ui:more")
    several = len(getattr(request, "memberships", ())) > 1
    on_more = request.path == more_url
    strip, more_strips = strips.build(request)
    return {
        "nav": nav,
        "strip": strip,
        "more_strips": more_strips,
        "more_url": more_url,
        "on_more": on_more,
        # On the phone, "More" is active for every page without an entry of its own.
        "more_active": on_more or any(place.active for place in nav.beyond_phone),
        "switch_url": address("accounts:choose_workspace") if several else "",
        **links,
    }


def address(url_name: str) -> str:
    """Returns the URL of a route, or an empty string if its room is not installed."""
    try:
        return navigation.address(url_name)
    except NoReverseMatch:
        return ""
