"""Pages that are the same for every visitor without a session. One request makes the page; other visitors get a copy.

The front (`wabolt.site.front.shared`) keeps such a page in the memory of the web process for a moment and answers
without a thread, Django or the database. A value that differs for each visitor, such as the signed key of a form, is a
placeholder in the kept page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from django.http import HttpRequest, HttpResponse

SECONDS = 2.0
"""Seconds for which a page is served from memory. Visitors see a change of the page after at most this time plus the
time of one request."""
BLANK = "wabolt-value-of-this-visitor"


@dataclass(frozen=True, slots=True)
class SharedPage:
    """`body`: the page, with BLANK where `fill` puts the value of one visitor."""

    body: bytes
    fill: Callable[[], str] | None

    def for_visitor(self) -> bytes:
        """The page for one visitor."""
        return self.body if self.fill is None else self.body.replace(BLANK.encode(), self.fill().encode())


def share(request: HttpRequest, response: HttpResponse, *, fill: Callable[[], str] | None = None) -> HttpResponse:
    """Marks the response as one that other visitors without a session may get for the same address. Returns it.

    The caller makes sure that the page depends only on its address, the visitor's language (`lib.visitor_language`) and
    the time, and that it holds no personal data. `fill`: makes the value that replaces BLANK, a new one for each
    visitor; it is fast and does not read the database. Without it the response gets an ETag, and browsers ask again
    whether the page has changed.
    """
    page = SharedPage(response.content, fill)
    response.content = page.for_visitor()
    if fill is None:
        response["Cache-Control"] = "no-cache"
        response["ETag"] = f'"{sha256(page.body).hexdigest()[:32]}"'
    if request.method == "GET" and response.status_code == 200:
        response.shared = page  # type: ignore[attr-defined]  # read by the front
    return response
