"""No value in an address or a form leads to an error page."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.guards.layout import Route, our_routes
from tests.guards.test_isolation import arguments
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel

pytestmark = pytest.mark.django_db

# Every parameter name that a view reads by itself; Django forms validate the others.
NAMES = (
    "action", "add", "after", "allowed", "before", "buy", "channel", "city", "consent", "day_first", "do", "filters",
    "form_key", "group", "ids", "kind", "name", "next", "other", "page", "person", "phone", "q", "reach", "reason",
    "remove", "role", "scope", "seen", "segment", "shown", "source", "state", "tab", "tag", "tag_name", "tap", "text",
    "token", "try", "view", "was", "word", "workspace",
)  # fmt: skip
HOSTILE = ("a\x00b", "9" * 5000, "9" * 25, "²", "-1", "%s%(x)s{}{0}", "a\r\nb")


@pytest.mark.parametrize("route", [route for route in our_routes() if ":" in route.name], ids=lambda route: route.name)
def test_no_value_breaks_a_page(route: Route) -> None:
    workspace = make_workspace()
    make_channel(workspace)
    client: Client = signed_in(workspace)
    given = (
        arguments(route, workspace) if route.parameters and not route.is_public else dict.fromkeys(route.parameters, 1)
    )
    address = reverse(route.name, kwargs=given)
    for value in HOSTILE:
        for answer in (
            client.get(address, dict.fromkeys(NAMES, value)),
            client.post(address, dict.fromkeys(NAMES, value)),
        ):
            assert answer.status_code < 500
