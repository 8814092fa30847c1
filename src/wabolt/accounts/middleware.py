"""Adds the workspace of a member to the request."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation

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
        with remember_request(request):
            response = self._in_workspace(request)
        devices.add_cookie(request, response)
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
