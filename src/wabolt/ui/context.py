"""The context of the shell around every page."""

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.functional import cached_property

from wabolt.ui import navigation, strips


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `shell` (navigation, links and strips), `workspace`, `membership`."""
    return {
        "shell": Shell(request),
        "workspace": getattr(request, "workspace", None),
        "membership": getattr(request, "membership", None),
    }


class Shell:
    """The frame of a page. Each part is built when a template reads it, so an error page, which has neither navigation
    nor strips, sends no query."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def nav(self) -> navigation.Navigation:
        return navigation.build(self._request)

    @cached_property
    def strips(self) -> tuple[strips.Strip | None, int]:
        """The strip of this page, and the number of further ones."""
        return strips.build(self._request)

    @property
    def on_more(self) -> bool:
        return self._request.path == self.more_url

    @property
    def more_active(self) -> bool:
        """On the phone, "More" is active for every page without an entry of its own."""
        return self.on_more or any(place.active for place in self.nav.beyond_phone)

    @property
    def switch_url(self) -> str:
        several = len(getattr(self._request, "memberships", ())) > 1
        return address("accounts:choose_workspace") if several else ""

    @property
    def more_url(self) -> str:
        return address("ui:more")

    @property
    def search_url(self) -> str:
        return address("contacts:search")

    @property
    def profile_url(self) -> str:
        return address("accounts:profile")

    @property
    def login_url(self) -> str:
        return address("account_login")

    @property
    def logout_url(self) -> str:
        return address("account_logout")

    @property
    def home_url(self) -> str:
        return address("analytics:home")


def address(url_name: str) -> str:
    """Returns the URL of a route of a higher room, or an empty string if the room is not installed."""
    try:
        return navigation.address(url_name)
    except NoReverseMatch:
        return ""
