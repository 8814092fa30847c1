"""Adds the workspace of a member to the request, and clears the browser's copies when a session ends."""

from collections.abc import Callable
from http import HTTPStatus
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import set_response_etag

from wabolt.accounts import devices, queries
from wabolt.accounts.services.audit import remember_request

SESSION_KEY = "workspace"


class WorkspaceMiddleware:
    """Sets `request.workspace`, `request.membership` and `request.memberships`, the time zone and the language.

    Workspace and membership are None for a visitor. `memberships` lists every membership of the person. The language is
    the person's, else the workspace's, else the browser's. Before the first owner exists, the sign-in page redirects to
    the set-up page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_signed_in = request.user.is_authenticated
        with remember_request(request):
            response = self._in_workspace(request)
        devices.add_cookie(request, response)
        _limit_copies(request, response, was_signed_in=was_signed_in)
        return response

    def _in_workspace(self, request: HttpRequest) -> HttpResponse:
        memberships = queries.memberships(request.user) if request.user.is_authenticated else []
        membership = queries.pick_membership(memberships, request.session.get(SESSION_KEY)) if memberships else None
        request.memberships = memberships  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        request.workspace = membership.workspace if membership else None  # type: ignore[attr-defined]
        if membership is None:
            if request.path == reverse("account_login") and not queries.is_set_up():
                return redirect("accounts:setup")
            return self.get_response(request)
        language = request.user.language or membership.workspace.language  # type: ignore[union-attr]
        request.LANGUAGE_CODE = language
        with timezone.override(ZoneInfo(membership.workspace.timezone)), translation.override(language):
            return self.get_response(request)


def _limit_copies(request: HttpRequest, response: HttpResponse, *, was_signed_in: bool) -> None:
    """Limits what the browser keeps: no page of a member in its cache, and nothing after a sign-out.

    `X-WABolt-Member` tells the service worker whose page it is (`ui/sw.js`). Browsers obey `Clear-Site-Data` only over
    https; over plain http files of a member are not stored at all.
    """
    if not request.user.is_authenticated:
        response.headers["X-WABolt-Member"] = "none"
        if was_signed_in:
            response.headers["Clear-Site-Data"] = '"cache"'
        return
    workspace = getattr(request, "workspace", None)
    response.headers["X-WABolt-Member"] = f"{request.user.pk}-{workspace.pk if workspace else 0}"
    is_fragment = request.method == "GET" and "HX-Request" in request.headers and not response.streaming
    if is_fragment and response.status_code == HTTPStatus.OK and not response.has_header("ETag"):
        set_response_etag(response)  # ConditionalGetMiddleware makes none for a response that is not stored
    control = response.headers.get("Cache-Control", "")
    if not control or ("private" in control and not request.is_secure()):
        response.headers["Cache-Control"] = "private, no-store"
