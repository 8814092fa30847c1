"""No value in an address, in a form or in the database leads to an error page."""

import re
from datetime import datetime
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.guards.hostile_rows import FIRST, LAST, MARKUP, TEXTS, audit_entries, poison
from tests.guards.layout import SOURCE, Route, our_routes
from tests.guards.targets import CHOICES
from tests.guards.test_isolation import arguments
from wabolt.accounts.audit_text import describe
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.ui import filters

READ = re.compile(r"""(?:GET|POST)(?:\.get(?:list)?\(|\[)\s*"([a-z_]+)"|"([a-z_]+)" in request\.""")
"""A parameter that a view reads itself; Django checks the fields of forms."""
FILTERS = ("consent", "city", "day_first", "filters", "q", "reach", "source", "state", "tab", "tag", "view")
"""Parameters whose names are not next to the request in the source."""
HOSTILE = ("a\x00b", "9" * 5000, "9" * 25, "²", "-1", "%s%(x)s{}{0}\r\nb")


@cache
def names() -> tuple[str, ...]:
    """The names of the parameters that views read themselves."""
    found = set(FILTERS)
    for path in SOURCE.rglob("*.py"):
        if not {"tests", "migrations"} & set(path.parts):
            found |= {one or other for one, other in READ.findall(path.read_text(encoding="utf-8"))}
    return tuple(sorted(found))


def test_the_names_are_found() -> None:
    assert {"action", "add", "enrollment", "ids", "q", "wording", "points", "tag", "drop"} <= set(names())


@pytest.mark.django_db
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
            client.get(address, dict.fromkeys(names(), value)),
            client.post(address, dict.fromkeys(names(), value)),
        ):
            assert answer.status_code < 500


def shop_addresses(workspace: Workspace) -> list[str]:
    """The address of every page of the shop; routes of a room with the same parameters share an object."""
    objects: dict[tuple[str, frozenset[str]], dict[str, Any]] = {}
    found = []
    for route in our_routes():
        room, _, name = route.name.partition(":")
        if name and not route.is_public:
            key = (route.name if route.name in CHOICES else room, route.parameters)
            if key not in objects:
                objects[key] = arguments(route, workspace) if route.parameters else {}
            found.append(reverse(route.name, kwargs=objects[key]))
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(("what", "moment"), list(zip(TEXTS, cycle([FIRST, LAST]), strict=False)))
def test_no_stored_value_breaks_a_page(what: str, moment: datetime) -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    addresses = shop_addresses(workspace)
    assert len(addresses) > 60
    assert poison(workspace, TEXTS[what], moment) > 100
    broken = {}
    for address in addresses:
        client.raise_request_exception = False
        answer = client.get(address)
        page = b"".join(answer) if answer.streaming else answer.content
        if answer.status_code >= 500:
            broken[address] = repr(answer.exc_info[1])[:200] if answer.exc_info else answer.status_code
        elif MARKUP.encode() in page and "html" in answer.get("Content-Type", ""):
            broken[address] = "unescaped"
    assert not broken


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:Plural value must be an integer")
@pytest.mark.parametrize("what", ["direction marks and markup", "numbers that are none"])
def test_no_stored_fact_breaks_the_audit_log(what: str) -> None:
    for told in describe(make_workspace(), list(audit_entries(TEXTS[what]))):
        assert all(isinstance(str(part), str) for part in (told.action, told.name, told.details, told.who))


ANY: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.datetimes(), st.dates(),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(["9" * 5000, 10**5000, -(10**5000), float("inf"), float("nan"), FIRST, LAST, FIRST.date()]),
)  # fmt: skip


@given(value=ANY)
def test_filters_show_any_value(value: Any) -> None:
    """Drawing a value costs more than all filters."""
    for name in filters.NAMES:
        assert isinstance(str(getattr(filters, name)(value)), str), name
