"""Puts the workspace a member works in onto the request."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from wabolt.accounts import queries

SESSION_KEY = "workspace"


class WorkspaceMiddleware:
    """Sets `request.workspace` and `request.membership` (None for a visitor), the workspace's time zone, and the
    language: the person's own, else the workspace's, else what the browser asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        membership = None
        if request.user.is_authenticated:
            membership = queries.current_membership(request.user, request.session.get(SESSION_KEY))
        request.membership = membership  # type: ignore[attr-defined]
        request.workspace = membership.workspace if membership else None  # type: ignore[attr-defined]
        if membership is None:
            return self.get_response(request)
        language = request.user.language or membership.workspace.language  # type: ignore[union-attr]
        request.LANGUAGE_CODE = language
        with timezone.override(ZoneInfo(membership.workspace.timezone)), translation.override(language):
            return self.get_response(request)
