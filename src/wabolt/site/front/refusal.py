"""The page for a request that the front refused before it read the body.

The front removes the body and marks the request. Django renders the page, so it has the language, the look and the
security headers of every other page.
"""

from collections.abc import Callable
from enum import Enum
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from wabolt.lib.web import sign_in_first

REFUSAL = "wabolt.refusal"


class Refusal(Enum):
    """The reason, with the HTTP status of the page. `ui/refusal.html` has the text for each name."""

    TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    TOO_SLOW = HTTPStatus.REQUEST_TIMEOUT
    BROKEN = HTTPStatus.BAD_REQUEST
    FAILED = HTTPStatus.INTERNAL_SERVER_ERROR
    SIGNED_OUT = HTTPStatus.UNAUTHORIZED


class RefusalMiddleware:
    """Answers the requests that the front marked; passes all others on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        refusal = request.META.get(REFUSAL)
        if not isinstance(refusal, Refusal):
            return self.get_response(request)
        if refusal is Refusal.SIGNED_OUT:
            return sign_in_first(request)
        return render(request, "ui/refusal.html", {"reason": refusal.name.lower()}, status=refusal.value)
