"""No character that PostgreSQL cannot store reaches it from the address, a cookie or a header."""

import re
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve

from tests.guards.layout import Route, routes
from wabolt.accounts.tests.factories import make_workspace, signed_in
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
@pytest.mark.parametrize("is_member", [True, False])
def test_no_page_has_an_address_that_cannot_be_stored(is_member: bool) -> None:
    workspace = make_workspace()
    client = signed_in(workspace) if is_member else Client()
    client.raise_request_exception = False
    wrong = {}
    for route in WITH_TEXT:
        for value in UNSTORABLE:
            for address in addresses(route, value):
                for ask in (client.get, client.post):
                    if (status := ask(address).status_code) != 404:
                        wrong[ask.__name__, address] = status
    assert not wrong


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/\x00", "/\x00/", "/contacts/\x00", "/static/\x00", "/account/\x00/", *THEIRS])
def test_any_other_address_with_nul_is_not_found(path: str) -> None:
    client = signed_in(make_workspace())
    client.raise_request_exception = False
    assert client.get(quote(path)).status_code == 404
    assert not route_of({"PATH_INFO": path}).is_known


@pytest.mark.parametrize("route", WITH_TEXT, ids=lambda route: route.name)
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


@pytest.mark.django_db
@pytest.mark.parametrize("kind", BODIES)
def test_no_body_breaks_a_route(kind: str) -> None:
    """A view that expects another kind of body answers with an error of the client."""
    client = signed_in(make_workspace())
    client.handler.enforce_csrf_checks = True
    client.raise_request_exception = False
    token = "a" * 32
    client.cookies[settings.CSRF_COOKIE_NAME] = token
    for route in routes():
        if "^" not in route.pattern and "logout" not in route.pattern:
            address = "/" + PARAMETER.sub("1", route.pattern)
            answer = client.generic("POST", address, BODIES[kind], kind, headers={"X-CSRFToken": token})
            assert answer.status_code < 500, route.name
