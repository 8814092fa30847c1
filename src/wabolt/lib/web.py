"""Access control, limits and rendering for views."""

from collections.abc import Callable, Sequence
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from wabolt.lib.roles import ROLES
from wabolt.lib.text import storable

DEFAULT_BODY = 128 * 1024
"""Maximum size in bytes of a request body, unless the view declares another (`accepts_body`)."""
KEPT_OFFLINE = 7 * 24 * 3600
STOP_POLLING = 286
"""The status with which htmx ends a poll (htmx.org/docs/#polling)."""
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(role: str) -> Callable[[View[P]], View[P]]:
    """Admits members with role `role` or above (viewer < agent < manager < owner).

    Others get the sign-in page (signed out), the page for people without a workspace, or 403.
    """
    needed = ROLES.index(role)

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            membership = getattr(request, "membership", None)
            if membership is None:
                elsewhere = resolve_url("accounts:no_workspace")
                return hx_redirect(elsewhere) if request.headers.get("HX-Request") else redirect(elsewhere)
            if ROLES.index(membership.role) < needed:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.access = role  # type: ignore[attr-defined]  # read by the guard test over all routes
        return guarded

    return decorate


def edits(model: type[Model] | None = None, key: str = "") -> Callable[[View[P]], View[P]]:
    """Answers a POST in one transaction that holds the row lock of the object that the form changes.

    The form compares its version (`ui.versions`) under the lock under which the service saves, so of two saves at once
    the second is refused. `model`: has a field `workspace`; `key`: the view's argument with its id. Without them it is
    the workspace itself. Goes below `requires`.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def locked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method != "POST":
                return view(request, *args, **kwargs)
            workspace = request.workspace  # type: ignore[attr-defined]  # set by the middleware
            with transaction.atomic():
                found = type(workspace)._default_manager.filter(pk=workspace.pk)
                if model is not None:
                    found = model._default_manager.filter(workspace=workspace, pk=kwargs.get(key))
                found.select_for_update(no_key=True).values_list("pk").first()
                return view(request, *args, **kwargs)

        return locked

    return decorate


def public(why: str) -> Callable[[View[P]], View[P]]:
    """Marks a view that needs no sign-in, with the reason; a guard test lists these views."""

    def decorate(view: View[P]) -> View[P]:
        view.access = f"public: {why}"  # type: ignore[attr-defined]
        return view

    return decorate


def accepts_body(limit: int) -> Callable[[View[P]], View[P]]:
    """Raises the maximum body of requests to this view by `limit` bytes above `DEFAULT_BODY`.

    The front (`wabolt.site.front`) enforces it before it reads the body. Only members may send more than
    `DEFAULT_BODY`, or any file. A `public` view accepts `limit` bytes from anyone, but no files.
    """

    def decorate(view: View[P]) -> View[P]:
        view.body_limit = DEFAULT_BODY + limit  # type: ignore[attr-defined]  # read by the front and by the guard over all routes
        return view

    return decorate


def checks_first(check: Callable[..., HttpResponseBase | None]) -> Callable[[View[P]], View[P]]:
    """Answers with the response of `check`, if it returns one, before the view runs.

    `check` gets the view's arguments and must not use the body: the front calls it before it reads one, and leaves the
    body of a refused request unread. For public views that accept bodies of strangers.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            return check(request, *args, **kwargs) or view(request, *args, **kwargs)

        checked.check_first = check  # type: ignore[attr-defined]  # read by the front
        return checked

    return decorate


def long_response(view: View[P]) -> View[P]:
    """Marks a view that takes long to respond, such as an export. The front runs a few of them at a time."""
    view.is_long = True  # type: ignore[attr-defined]  # read by the front
    return view


def for_crowds(view: View[P]) -> View[P]:
    """Marks a public page that very many strangers may open or send at once. The front runs a few of them at a time, so
    that a flood leaves threads to the members."""
    view.is_for_crowds = True  # type: ignore[attr-defined]  # read by the front
    return view


def kept_offline(view: View[P]) -> View[P]:
    """Marks a page that the service worker keeps for reading without a connection (`ui/sw.js`), for KEPT_OFFLINE
    seconds: a phone that is never online again does not hear that the session has ended.

    The page "More" names the kinds of pages that are kept.
    """

    @wraps(view)
    def marked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if request.method == "GET" and response.status_code == HTTPStatus.OK and not request.headers.get("HX-Request"):
            response.headers["X-WABolt-Keep"] = str(KEPT_OFFLINE)
        return response

    return marked


def sign_in_first(request: HttpRequest) -> HttpResponseBase:
    """Redirects a visitor to the sign-in page, and from there back: to the requested page, or to the page with the
    submitted form.

    htmx gets 401 instead, so the page and what is typed on it stay; `ui/drafts.js` shows that the session has ended.
    """
    if request.headers.get("HX-Request"):
        response: HttpResponseBase = HttpResponse(status=HTTPStatus.UNAUTHORIZED)
    else:
        is_read = request.method in {"GET", "HEAD"}
        page = request.get_full_path() if is_read else page_before(request)
        response = redirect_to_login(page, resolve_url("account_login"))
    if settings.SESSION_COOKIE_NAME in request.COOKIES:  # the session has ended
        response.headers["Clear-Site-Data"] = '"cache"'
    return response


def page_before(request: HttpRequest) -> str:
    """Returns the path of our page that the request came from; "/" if the browser does not tell.

    A form that the browser itself sends, such as a share sheet, comes from no page: its own path is returned.
    """
    if request.headers.get("Sec-Fetch-Site") == "none":
        return request.path
    referrer = urlsplit(request.headers.get("Referer", ""))
    if referrer.netloc != request.get_host() or not referrer.path:
        return "/"
    return referrer.path + (f"?{referrer.query}" if referrer.query else "")


def back_to(request: HttpRequest, otherwise: str) -> str:
    """The address in the posted field `next`, or in the parameter `next` of the URL, if it is one of ours, else
    `otherwise`."""
    wanted = storable(request.POST.get("next") or request.GET.get("next", ""))
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else otherwise


def answer_poll(request: HttpRequest, facts: object, draw: Callable[[], HttpResponse]) -> HttpResponse:
    """Answers a request of a page that asks again every few seconds: with 304, before anything is rendered, while
    `facts` are those of the fragment that the browser shows; otherwise with `draw()`.

    `facts`: everything that the fragment shows, with a complete `repr`, including texts such as "5 minutes ago". Every
    view that a template polls returns this (`tests/guards/test_polling.py`). `ui/wabolt.js` sends the validator back.
    """
    if request.method != "GET" or not request.headers.get("HX-Request"):
        return draw()
    digest = _digest(request, facts)
    # A proxy that compresses makes a weak validator of it, or adds a suffix: W/"...", "...-gzip".
    if digest in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{digest}"'})
    response = draw()
    response.headers["ETag"] = f'"{digest}"'
    return response


def _digest(request: HttpRequest, facts: object) -> str:
    who = (getattr(request.user, "pk", None), get_language(), request.get_full_path(), request.headers.get("HX-Target"))
    return sha256(repr((who, facts)).encode()).hexdigest()[:32]


def hx_redirect(url: str) -> HttpResponse:
    """Makes the browser load `url` in response to an htmx request."""
    return HttpResponse(status=204, headers={"HX-Redirect": url})


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    fragments: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Renders `template`, or only its partial named in `HX-Target` if htmx requests one of `fragments`.

    The partial is written `{% partialdef NAME inline %}` inside an element with the id NAME.
    """
    target = request.headers.get("HX-Target", "") if request.headers.get("HX-Request") else ""
    name = f"{template}#{target}" if target in fragments else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


MOMENT, WHOLE = 0.1, 8.0
"""Seconds that a statement may take while a person waits for a page, and for a part that is fetched after it."""


def patience_of(request: HttpRequest) -> float:
    """Returns the seconds that each slow statement of a page may take: MOMENT, or WHOLE if the request asks for the
    whole page or part with `?whole=1`. A part that is not ready is drawn by the tag `later`, which asks for it."""
    return WHOLE if request.GET.get("whole") == "1" else MOMENT


def is_phone(request: HttpRequest) -> bool:
    """Whether the browser says that it runs on a phone, as all browsers of phones do unless they are asked for the page
    of a desk."""
    return "Mobi" in request.headers.get("User-Agent", "")


def whole_number(text: str) -> int | None:
    """Parses a number from a URL or a form; None for anything else, and for more than 18 digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def words_of(request: HttpRequest, key: str = "q") -> str:
    """Returns the search words, at most 100 characters, without characters that the database cannot store."""
    return storable(request.GET.get(key, "")).strip()[:100]


def client_ip(request: HttpRequest) -> str:
    """Returns the client's address, or "" if it has none. Behind a trusted web server it is the address that this
    server reports (docs/operations.md)."""
    try:
        return str(ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return ""
