"""No character that PostgreSQL cannot store reaches it from the address, a cookie or a header."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from typing import Any
from unittest import mock
from urllib.parse import quote, unquote

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client, RequestFactory
from django.urls import resolve

from tests.cases import each
from tests.guards.layout import Route, routes
from tests.guards.visits import taken_back
from wabolt.accounts.models import Membership
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.lib.roles import ROLES
from wabolt.lib.text import is_storable
from wabolt.site.front.routes import is_signed_in, route_of

PARAMETER = re.compile(r"<(?:(\w+):)?\w+>")
WITH_TEXT = [route for route in routes() if any(kind != "int" for kind in PARAMETER.findall(route.pattern))]
THEIRS = ("/account/confirm-email/a\x00b/", "/account/password/reset/key/1-a\x00b/")
"""Addresses of allauth, whose patterns are regular expressions."""
UNSTORABLE = ("\x00", "a\x00b", "\x00a", "a\x00")


def addresses(route: Route, value: str) -> list[str]:
    """The address of a route with `value` for one parameter after another, and "1" for the others."""
    found = []
    for parameter in PARAMETER.finditer(route.pattern):
        if parameter[1] != "int":
            before = PARAMETER.sub("1", route.pattern[: parameter.start()])
            after = PARAMETER.sub("1", route.pattern[parameter.end() :])
            found.append(f"/{before}{quote(value)}{after}")
    return found


def test_there_are_such_routes() -> None:
    assert len(WITH_TEXT) > 8
    others = {route.pattern.replace("^", "") for route in routes() if "(?P<" in route.pattern}
    assert {resolve(address.replace("\x00", "")).route for address in THEIRS} == others


@pytest.mark.django_db
def test_no_page_has_an_address_that_cannot_be_stored() -> None:
    """A middleware refuses all of them for the same reason, so each route gets one of the values by each way."""
    clients = (signed_in(make_workspace()), Client())
    values = cycle(UNSTORABLE)
    found, wrong = [], {}
    for route in WITH_TEXT:
        found += [one for value in UNSTORABLE for one in addresses(route, value) if is_storable(unquote(one))]
        for client in clients:
            client.raise_request_exception = False
            for ask in (client.get, client.post):
                for address in addresses(route, next(values)):
                    if (status := ask(address).status_code) != 404:
                        wrong[ask.__name__, address] = status
    assert not found
    assert not wrong


@pytest.mark.django_db
def test_any_other_address_with_nul_is_not_found() -> None:
    client = signed_in(make_workspace())
    client.raise_request_exception = False
    paths = ("/\x00", "/\x00/", "/contacts/\x00", "/static/\x00", "/account/\x00/", *THEIRS)
    assert {path: client.get(quote(path)).status_code for path in paths} == dict.fromkeys(paths, 404)
    assert not [path for path in paths if route_of({"PATH_INFO": path}).is_known]


@each("route", WITH_TEXT)
def test_the_front_asks_no_view_about_such_an_address(route: Route) -> None:
    for address in addresses(route, "NUL"):
        assert not route_of({"PATH_INFO": address.replace("NUL", "\x00")}).is_known


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["a" * 31 + "\x00", "\x00" * 32, "9" * 5000, "é" * 32])
def test_a_session_cookie_that_cannot_be_stored_is_no_session(key: str) -> None:
    make_workspace()
    cookie = '"' + "".join(f"\\{ord(one):03o}" if one < " " else one for one in key) + '"'
    sent = f"{settings.SESSION_COOKIE_NAME}={cookie}"
    client = Client()
    client.raise_request_exception = False
    for address in ("/", "/contacts/", "/account/login/"):
        answer = client.get(address, headers={"cookie": sent})
        assert answer.status_code < 500, address
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "HTTP_COOKIE": sent, "SERVER_NAME": "x", "SERVER_PORT": "80"}
    assert not is_signed_in(environ)


@pytest.mark.django_db
def test_no_cookie_and_no_header_breaks_a_page() -> None:
    client = signed_in(make_workspace())
    client.raise_request_exception = False
    names = (
        settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "wabolt_device", "messages", "sessionid", "x",
    )  # fmt: skip
    for name in names:
        cookie = f'{name}="a\\000b"'
        session = f"; {settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        sent = cookie if name == settings.SESSION_COOKIE_NAME else cookie + session
        for address in ("/contacts/", "/settings/alerts/", "/account/login/"):
            assert client.get(address, headers={"cookie": sent}).status_code < 500, (name, address)
    headers = ("User-Agent", "Referer", "Accept-Language", "HX-Target", "HX-Current-URL", "If-None-Match", "Origin")
    for name in headers:
        for value in ("a\x00b", "\x00", "\xe9" * 600):
            for address in ("/contacts/", "/settings/alerts/", "/account/login/"):
                answer = client.get(address, headers={name: value, "HX-Request": "true"})
                assert answer.status_code < 500, (name, address)


BODIES = {
    "multipart/form-data; boundary=x": b'--x\r\nContent-Disposition: form-data; name="a"; filename="../a\x00.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\r\n--x--\r\n",
    "multipart/form-data": b"--x",
    "application/json": b'{"a":' * 3000,
    "text/plain; charset=nonsense": b"\xff\x00",
    "application/x-www-form-urlencoded": b"text=%00&name=%ED%A0%80&ids=" + b"9" * 400,
}


READING = (CsrfViewMiddleware.__module__, HttpRequest.__module__, WSGIRequest.__module__)


@contextmanager
def bodies_read() -> Iterator[set[str]]:
    """Collects by what the body of a request is read, except by the protection against foreign forms, which reads that
    of every request before its view."""
    read: set[str] = set()

    def watched(name: str) -> property:
        kept = getattr(WSGIRequest, name)

        def ask(request: WSGIRequest) -> Any:
            if sys._getframe(1).f_globals["__name__"] not in READING:
                read.add(name)
            return kept.__get__(request, WSGIRequest)

        return property(ask, kept.fset)

    with mock.patch.multiple(WSGIRequest, **{name: watched(name) for name in ("POST", "FILES", "body")}):
        yield read


def test_reading_a_body_is_noticed() -> None:
    for name in ("POST", "FILES", "body"):
        with bodies_read() as read:
            request = RequestFactory().post("/", {"a": "1"})
            assert not read
            getattr(request, name)
        assert name in read


def _ignores_the_body(route: Route, membership: Membership, kind: str) -> bool:
    """Whether the view answers without the body. It is called without the middleware, so an error says nothing."""
    request = RequestFactory().generic("POST", "/", BODIES[kind], kind)
    request.user, request.workspace = membership.user, membership.workspace  # type: ignore[attr-defined]
    request.membership, request.memberships = membership, [membership]  # type: ignore[attr-defined]
    with taken_back(), bodies_read() as read:
        try:
            answer = route.view(request, **dict.fromkeys(route.parameters, 1))
        except (Http404, PermissionDenied):
            return not read
        except Exception:  # noqa: BLE001  # it may need what the middleware adds
            return False
        finally:
            request.close()
    return answer.status_code < 500 and not read and not hasattr(answer, "render")


@pytest.mark.django_db
def test_no_body_breaks_a_route() -> None:
    """A view that expects another kind of body answers with an error of the client. A view that does not look at the
    body answers each kind alike: it gets one of them."""
    client = signed_in(make_workspace())
    membership = Membership.objects.select_related("user", "workspace").get()
    client.handler.enforce_csrf_checks = True
    client.raise_request_exception = False
    token = "a" * 32
    client.cookies[settings.CSRF_COOKIE_NAME] = token
    kinds, readers, broken = cycle(BODIES), 0, {}
    for route in routes():
        if "^" not in route.pattern and "logout" not in route.pattern:
            if route.access in ROLES and _ignores_the_body(route, membership, next(kinds)):
                continue
            address = "/" + PARAMETER.sub("1", route.pattern)
            is_read = False
            for kind in islice(kinds, len(BODIES)):
                with bodies_read() as read:
                    answer = client.generic("POST", address, BODIES[kind], kind, headers={"X-CSRFToken": token})
                if answer.status_code >= 500:
                    broken[route.name, kind] = answer.status_code
                is_read = is_read or bool(read)
                if not is_read:
                    break
            readers += is_read
    assert readers > 40
    assert not broken
