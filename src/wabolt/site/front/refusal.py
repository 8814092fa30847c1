"""The page for a request that the front refused before it read the body.

The front removes the body and marks the request. Django renders the page, so it has the language, the look and the
security headers of every other page.
"""

from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_request, override

from wabolt.lib.text import is_storable
from wabolt.lib.web import sign_in_first
from wabolt.site.front.answer import Answer

REFUSAL = "wabolt.refusal"


class Refusal(Enum):
    """The reason, with the HTTP status of the page. `ui/refusal.html` has the text for each name."""

    TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    TOO_SLOW = HTTPStatus.REQUEST_TIMEOUT
    BROKEN = HTTPStatus.BAD_REQUEST
    FAILED = HTTPStatus.INTERNAL_SERVER_ERROR
    SIGNED_OUT = HTTPStatus.UNAUTHORIZED
    DISK_FULL = HTTPStatus.INSUFFICIENT_STORAGE
    UNREAD = HTTPStatus.NOT_FOUND
    """The view refuses the request with any body. It runs without the body and gives the reason."""


class RefusalMiddleware:
    """Answers the requests that the front marked; passes all others on.

    An address with a character that PostgreSQL cannot store (NUL) names no page. It is answered here with 404, so that
    no view searches the database for a part of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_storable(request.path_info):
            raise Http404
        refusal = request.META.get(REFUSAL)
        if not isinstance(refusal, Refusal) or refusal is Refusal.UNREAD:
            return self.get_response(request)
        if refusal is Refusal.SIGNED_OUT:
            return sign_in_first(request)
        return render(request, "ui/refusal.html", {"reason": refusal.name.lower()}, status=refusal.value)


def short_answer(environ: dict[str, Any], status: HTTPStatus) -> Answer:
    """Returns the page for a request that gets no thread: too many wait (503), or too many of its address are in
    progress (429). Costs neither a thread nor the database."""
    request = WSGIRequest({**environ, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"})
    page = _short_page(status, get_language_from_request(request))
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", b"default-src 'none'"),
        (b"cache-control", b"no-store"),
        (b"retry-after", b"5"),
    ]
    return Answer(status, headers, BytesIO(page), len(page))


@lru_cache(maxsize=8)
def _short_page(status: HTTPStatus, language: str) -> bytes:
    with override(language):
        context = {"is_one_address": status is HTTPStatus.TOO_MANY_REQUESTS}
        return render_to_string("ui/busy.html", context).encode()
