"""The number of unread conversations next to the inbox's name."""

from django.http import HttpRequest

from wabolt.accounts.queries import workspace_of
from wabolt.inbox.queries import count_unread

MAX_COUNTED = 100
"""Limit of the count; the shell shows "99+"."""


def waiting(request: HttpRequest) -> int:
    """Count the conversations with unread messages, up to `MAX_COUNTED`."""
    return count_unread(workspace_of(request), most=MAX_COUNTED)
