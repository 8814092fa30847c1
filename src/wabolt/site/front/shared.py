"""A short-lived cache of public pages for visitors without a session (`lib.shared_pages`), one per process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.conf import settings

from wabolt.lib.shared_pages import SECONDS, SharedPage
from wabolt.lib.visitor_language import asked_language
from wabolt.site.front.answer import Answer
from wabolt.site.front.hosts import host_of

MOST = 256  # pages of one process
LONGEST_ADDRESS = 300  # characters of a path with its query
RENEWAL = 5.0  # seconds that visitors get the old page while one request makes the new one
Key = tuple[str, str, str, str, str]


@dataclass(slots=True)
class _Kept:
    route: str
    headers: list[tuple[bytes, bytes]]
    page: SharedPage
    until: float
    is_renewed: bool = False


class SharedPages:
    """The kept pages of one web process. It is used in the event loop only, so it needs no lock.

    When a page expires, one request makes a new one. Others get the old page until then, so that a thousand visitors do
    not all wait for a new one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def answer(self, environ: dict[str, Any]) -> tuple[str, Answer] | None:
        """Returns the name of the route and the response; None if the application has to make it."""
        key = _key(environ)
        page = self._kept.get(key) if key else None
        if page is None or key is None:
            return None
        now = self._clock()
        if now >= page.until + RENEWAL:
            del self._kept[key]
            return None
        if now >= page.until and not page.is_renewed:
            page.is_renewed = True
            return None
        return page.route, _answer(page, environ)

    def keep(self, environ: dict[str, Any], route: str, answer: Answer) -> None:
        """Keeps a response that the application has just made, if it may be shared, and forgets the one before."""
        key = _key(environ)
        if key is None or environ["REQUEST_METHOD"] != "GET":
            return
        names = {name for name, _value in answer.headers}
        if answer.shared is None or answer.status != HTTPStatus.OK or b"set-cookie" in names:
            self._kept.pop(key, None)
            return
        headers = [header for header in answer.headers if header[0] != b"content-length"]
        self._kept[key] = _Kept(route, headers, answer.shared, self._clock() + SECONDS)
        self._kept.move_to_end(key)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)


def _key(environ: dict[str, Any]) -> Key | None:
    """Returns the address of a request by a visitor without a session and a chosen language, with the language that
    the browser asks for; None for other requests."""
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or len(path) + len(query) > LONGEST_ADDRESS:
        return None
    if _is_personal(environ.get("HTTP_COOKIE", "")) or "HTTP_HX_REQUEST" in environ:
        return None
    language = asked_language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    return environ["wsgi.url_scheme"], host_of(environ), path, query, language


def _is_personal(cookies: str) -> bool:
    """Whether a Cookie header may hold a session or a chosen language.

    The names are searched without the sign "=": Django also reads `sessionid =KEY`.
    """
    return settings.SESSION_COOKIE_NAME in cookies or settings.LANGUAGE_COOKIE_NAME in cookies


def _answer(kept: _Kept, environ: dict[str, Any]) -> Answer:
    tag = next((value for name, value in kept.headers if name == b"etag"), b"")
    if tag and tag.decode() in environ.get("HTTP_IF_NONE_MATCH", ""):
        return Answer(HTTPStatus.NOT_MODIFIED, kept.headers, BytesIO(), 0)
    body = kept.page.for_visitor()
    return Answer(HTTPStatus.OK, kept.headers, BytesIO(b"" if environ["REQUEST_METHOD"] == "HEAD" else body), len(body))
