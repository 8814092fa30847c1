"""Pages that are the same for every visitor without a session: made for one of them, and given to others.

The front (`wabolt.site.front.shared`) keeps such a page in the memory of the web process for a moment and answers
without a thread, Django or the database. A value that each visitor needs for himself, such as the signed key of a form,
is a blank in the kept page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from django.http import HttpRequest, HttpResponse

SECONDS = 2.0
"""Time for which a page is given to others. A change of the page reaches visitors after at most this time and the time
of one request."""
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
    """Allows to give the response to other visitors who send a GET for the same address without a session.

    The page depends on nothing but its address, the visitor's language (`lib.visitor_language`) and the time, and holds
    nothing about a person. `fill`: makes the value that replaces BLANK in the page, a new one for each visitor; it is
    fast and does not read the database. Without it the response gets an ETag, and browsers ask again whether the page
    has changed.
    """
    page = SharedPage(response.content, fill)
    response.content = page.for_visitor()
    if fill is None:
        response["Cache-Control"] = "no-cache"
        response["ETag"] = f'"{sha256(page.body).hexdigest()[:32]}"'
    if request.method == "GET" and response.status_code == 200:
        response.shared = page  # type: ignore[attr-defined]  # read by the front
    return response
