"""The number of conversations that wait for an answer, next to the inbox's name."""

from django.http import HttpRequest

from wabolt.accounts.queries import workspace_of
from wabolt.inbox.queries import count_waiting

MAX_COUNTED = 100
"""Limit of the count; the shell shows "99+"."""
_CACHE = "_waiting_conversations"


def waiting_of(request: HttpRequest) -> int:
    """Count the conversations that wait for an answer, and remember the number for the rest of the request."""
    count = count_waiting(workspace_of(request))
    setattr(request, _CACHE, count)
    return count


def waiting(request: HttpRequest) -> int:
    """Count the conversations that wait for an answer; up to `MAX_COUNTED` unless the page has counted them."""
    known: int | None = getattr(request, _CACHE, None)
    return count_waiting(workspace_of(request), most=MAX_COUNTED) if known is None else known
