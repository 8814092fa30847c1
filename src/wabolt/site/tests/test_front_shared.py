"""A page that is the same for all visitors is made once in a moment; nothing of a session is ever kept."""

import asyncio
from collections.abc import Callable, Iterable
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from wabolt.lib import visitor_language
from wabolt.lib.shared_pages import BLANK, SECONDS, SharedPage, share
from wabolt.site.front import shared
from wabolt.site.front.answer import Answer
from wabolt.site.front.app import Front, Threads
from wabolt.site.front.head import Proxies
from wabolt.site.front.probes import Probes
from wabolt.site.front.shared import SharedPages

Headers = dict[str, str]


class Site:
    """A web process with a clock of its own. `made`: the number of times that its page was made."""

    def __init__(self) -> None:
        self.now, self.made, self.status, self.is_shared = 1000.0, 0, 200, True
        self.cookie = ""
        self.fill: Callable[[], str] | None = None
        pages = SharedPages(lambda: self.now)
        self.front = Front(self.run, Proxies.parse([]), Threads(), Probes("token"), pages)

    def run(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.made += 1
        request = RequestFactory().generic(environ["REQUEST_METHOD"], "/m/x/")
        response = HttpResponse(f"made {self.made} {BLANK if self.fill else ''}", status=self.status)
        if self.is_shared:
            share(request, response, fill=self.fill)
        if self.cookie:
            response.set_cookie("c", self.cookie)
        cookies = [("Set-Cookie", morsel.OutputString()) for morsel in response.cookies.values()]
        start(f"{self.status} X", [*response.items(), *cookies])
        return response

    def get(
        self, path: str = "/m/x/", *, method: str = "GET", query: str = "", **headers: str
    ) -> tuple[int, str, Headers]:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        given = {"host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(), "scheme": "http",
            "http_version": "1.1", "client": ("192.0.2.7", 4711), "server": ("127.0.0.1", 8000),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }  # fmt: skip
        asyncio.run(self.front(scope, receive, send))
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], body.decode(), {k.decode(): v.decode() for k, v in sent[0]["headers"]}


@pytest.fixture
def site() -> Site:
    return Site()


def test_many_visitors_get_one_page(site: Site) -> None:
    answers = [site.get() for _visitor in range(5)]
    assert site.made == 1
    assert len({body for _status, body, _headers in answers}) == 1
    assert site.get(method="HEAD")[1] == ""
    assert site.get(method="HEAD")[2]["content-length"] == answers[0][2]["content-length"]
    site.now += SECONDS
    assert site.get()[1].startswith("made 2")


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "a=1; sessionid=x"}, {"cookie": "sessionid =x"}, {"cookie": "a=1;\tsessionid\t=x"},
        {"cookie": "django_language=en"}, {"hx_request": "true"}, {"host": "127.0.0.1"},
    ],
    ids=str,
)  # fmt: skip
def test_a_session_a_language_a_fragment_and_another_host_get_their_own_page(site: Site, headers: Headers) -> None:
    site.get()
    assert site.get(**headers)[1].startswith("made 2")
    assert site.get()[1].startswith("made 1")


def test_another_address_or_method_is_another_page(site: Site) -> None:
    site.get()
    assert site.get(query="at=K7QM4P")[1].startswith("made 2")
    assert site.get("/m/y/")[1].startswith("made 3")
    assert site.get(method="POST")[1].startswith("made 4")
    assert site.get()[1].startswith("made 1")


@pytest.mark.parametrize(("name", "value"), [("cookie", "secret"), ("is_shared", False), ("status", 404)])
def test_only_shared_pages_are_kept(site: Site, name: str, value: Any) -> None:
    setattr(site, name, value)
    site.get()
    site.get()
    assert site.made == 2


def test_a_page_that_is_no_longer_shared_is_forgotten(site: Site) -> None:
    site.get()
    site.is_shared, site.now = False, site.now + SECONDS
    assert [site.get()[1].split()[1] for _visitor in range(2)] == ["2", "3"]


def test_each_visitor_gets_a_value_of_their_own(site: Site) -> None:
    values = count(1)
    site.fill = lambda: f"key-{next(values)}"
    assert [site.get()[1] for _visitor in range(3)] == ["made 1 key-1", "made 1 key-2", "made 1 key-3"]


def test_a_browser_that_has_the_page_gets_304(site: Site) -> None:
    tag = site.get()[2]["etag"]
    status, body, headers = site.get(if_none_match=tag)
    assert (status, body, headers["etag"], site.made) == (304, "", tag, 1)


def test_one_request_renews_the_page_while_others_get_the_old_one() -> None:
    now = 0.0
    pages = SharedPages(lambda: now)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/m/x/", "QUERY_STRING": "", "wsgi.url_scheme": "http"}
    made = Answer(200, [], BytesIO(), shared=SharedPage(b"page", None))
    pages.keep(environ, "optin:join", made)
    now = SECONDS
    assert pages.answer(environ) is None
    assert pages.answer(environ) is not None, "the second visitor does not wait"
    now += shared.RENEWAL
    assert pages.answer(environ) is None, "the old page ends even if the new one never comes"


def test_the_memory_is_bounded(site: Site) -> None:
    for number in range(shared.MOST + 5):
        site.get(query=f"at={number}")
    site.get(query="at=10")
    assert site.made == shared.MOST + 5
    assert site.get(query="at=0")[1].startswith(f"made {shared.MOST + 6}"), "the oldest page was forgotten"
    site.get(query="x" * shared.LONGEST_ADDRESS)
    assert site.get(query="x" * shared.LONGEST_ADDRESS)[1].startswith(f"made {shared.MOST + 8}")


def test_visitors_of_two_languages_get_two_pages() -> None:
    site = Site()
    indonesian = site.get(accept_language="id-ID,id;q=0.9")
    assert site.get(accept_language="en-GB")[1] != indonesian[1]
    assert site.get(accept_language="id")[1] == indonesian[1]
    assert site.made == 2


def test_a_long_header_is_not_kept() -> None:
    """The parser keeps the last headers, and a program may send each one with 30 kilobytes."""
    visitor_language._asked.cache_clear()
    ends = {visitor_language.asked_language("id," + "x-y," * 5000 + str(number)) for number in range(50)}
    assert ends == {"id"}
    assert visitor_language._asked.cache_info().currsize == 1
