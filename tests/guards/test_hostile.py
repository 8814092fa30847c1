"""No value in an address, in a form or in the database leads to an error page."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from operator import methodcaller
from types import FrameType
from typing import Any
from unittest import mock

import httpx
import pytest
from django import forms
from django.http import QueryDict
from django.template import Context, Origin, Template
from django.template.base import VariableNode
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.guards.hostile_rows import FIRST, LAST, MARKUP, WALKS, audit_entries, poison
from tests.guards.layout import Route, our_routes
from tests.guards.targets import CHOICES
from tests.guards.test_isolation import arguments
from tests.guards.visits import taken_back
from wabolt.accounts.audit_text import describe
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.ui import filters

HOSTILE = ("a\x00b", "9" * 5000, "9" * 25, "²", "-1", "%s%(x)s{}{0}\r\nb")
UNASKED, ANY_NAME = "unasked", "any name"
BY_NAME = ("__getitem__", "__contains__", "getlist")
OF_ALL = ("__iter__", "keys", "lists")
"""Methods of a request's parameters that read a value or a name. Their other methods call these."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A parameter that code asks a request for; ANY_NAME if it goes through all of them.

    `place`: the template and the line of the variable that shows it. A part of many pages is one place.
    """

    name: str
    place: str = ""


def _place(frame: FrameType | None) -> str:
    """Returns the place of the template variable that the code at `frame` resolves, or "" for other code."""
    while frame is not None and frame.f_globals["__name__"] == VariableNode.__module__:
        node = frame.f_locals.get("self")
        if isinstance(node, VariableNode):
            return f"{node.origin.template_name}:{node.token.lineno}"
        frame = frame.f_back
    return ""


@contextmanager
def asked_parameters() -> Iterator[set[Asked]]:
    """Collects what code asks a request for to which UNASKED was sent, without names that the request has. Django asks
    for each name that was sent before the request has it."""
    asked: set[Asked] = set()

    def watched(method: Callable[..., Any], *, by_name: bool) -> Callable[..., Any]:
        def ask(parameters: QueryDict, *arguments: Any) -> Any:
            name = arguments[0] if by_name else ANY_NAME
            # parameters without UNASKED are empty, or made by a view
            if dict.__contains__(parameters, UNASKED) and not dict.__contains__(parameters, name):
                asked.add(Asked(name, _place(sys._getframe(1))))
            return method(parameters, *arguments)

        return ask

    methods = {name: watched(getattr(QueryDict, name), by_name=name in BY_NAME) for name in (*BY_NAME, *OF_ALL)}
    with mock.patch.multiple(QueryDict, **methods):
        yield asked


def names_after(client: Client, method: str, address: str, done: set[Asked]) -> set[str]:
    """Sends each hostile value for all names that the view asks for. Returns these names.

    `done`: what templates show and has met all values, also on other pages. Each request meets the same rows and the
    same session: what it changes is taken back.
    """
    known: set[Asked] = set()
    for value in HOSTILE:
        sent, new = {UNASKED}, {Asked(UNASKED)}
        while new:
            sent |= {one.name for one in known}
            with taken_back(client), asked_parameters() as asked:
                answer = getattr(client, method)(address, dict.fromkeys(sent, value))
            assert answer.status_code < 500
            new = {one for one in asked if one.name not in sent} - done
            known |= new
        if not known:
            break
    done |= {one for one in known if one.place}
    return {one.name for one in known}


class Order(forms.Form):
    size = forms.CharField()
    paid = forms.BooleanField()


GOING = (dict, list, *(methodcaller(name) for name in ("copy", "dict", "items", "keys", "urlencode", "values")))
PAGE = "{{ given.one|default:'' }}\n{% if given.two %}{% endif %}{{ given.three }}"


def test_asked_names_are_those_of_views_forms_and_templates() -> None:
    with asked_parameters() as asked:
        given = QueryDict(f"{UNASKED}=1&sent=1")
        assert given
        assert QueryDict("").get("four") is None
        assert given.get("one") is None
        assert "two" not in given
        assert not given.getlist("three")
        assert given.get("sent") == "1"
        assert not Order(given).is_valid()
    assert asked == {Asked(name) for name in ("sent", "one", "two", "three", "size", "paid")}
    with asked_parameters() as asked:
        Template(PAGE, Origin("file", "page")).render(Context({"given": given}))
    assert asked == {Asked("one", "page:1"), Asked("two"), Asked("three", "page:2")}
    for walk in GOING:
        with asked_parameters() as asked:
            assert list(walk(given))
        assert Asked(ANY_NAME) in asked, walk


@pytest.mark.django_db
def test_names_of_a_list_are_found() -> None:
    client = signed_in(make_workspace())
    done: set[Asked] = set()
    assert names_after(client, "get", reverse("contacts:list"), done) >= {"q", "tag", "after", "reach"}
    assert {(one.name, one.place.partition(":")[0]) for one in done} == {("q", "ui/base.html")}
    assert names_after(client, "post", reverse("contacts:new"), done) >= {"name", "phone"}


@pytest.mark.django_db
def test_no_value_breaks_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value for every parameter that a route asks for, and once for what a template shows on many pages. A route
    that asks for nothing else gets only the first value."""

    def unreachable(_transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no network", request=request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", unreachable)
    workspace = make_workspace()
    make_channel(workspace)
    client: Client = signed_in(workspace)
    routes = [route for route in our_routes() if ":" in route.name]
    assert len(routes) > 200
    broken, done = {}, set[Asked]()
    for route in routes:
        with taken_back():
            address = reverse(route.name, kwargs=_arguments(route, workspace))
            for method in ("get", "post"):
                try:
                    names_after(client, method, address, done)
                except Exception as error:  # noqa: BLE001  # any error is an error page
                    broken[method, route.name] = repr(error)[:200]
    assert not broken


def _arguments(route: Route, workspace: Workspace) -> dict[str, Any]:
    is_shown = route.parameters and not route.is_public
    return arguments(route, workspace) if is_shown else dict.fromkeys(route.parameters, 1)


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
def test_no_stored_value_breaks_a_page() -> None:
    workspace = make_workspace()
    client = signed_in(workspace)
    client.raise_request_exception = False
    addresses = shop_addresses(workspace)
    assert len(addresses) > 60
    broken, refused = {}, set[str]()
    for what, (text, moment) in WALKS.items():
        with taken_back(client):
            assert poison(workspace, text, moment) > 100
            for address in [one for one in addresses if one not in refused]:
                answer = client.get(address)
                page = b"".join(answer) if answer.streaming else answer.content
                if answer.status_code >= 500:
                    broken[what, address] = repr(answer.exc_info[1])[:200] if answer.exc_info else answer.status_code
                elif MARKUP.encode() in page and "html" in answer.get("Content-Type", ""):
                    broken[what, address] = "unescaped"
                elif answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                    refused.add(address)
    assert not broken


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:Plural value must be an integer")
def test_no_stored_fact_breaks_the_audit_log() -> None:
    workspace = make_workspace()
    for text, _moment in WALKS.values():
        for told in describe(workspace, list(audit_entries(text))):
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
