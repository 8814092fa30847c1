"""What the inbox shows elsewhere: the number beside its name."""

from django.http import HttpRequest

from wabolt.accounts.queries import workspace_of
from wabolt.inbox.queries import count_unread

TOLD = 100
"""Further than this nobody counts for a number beside a name ("99+")."""


def waiting(request: HttpRequest) -> int:
    """How many conversations have words that nobody has read, up to `TOLD`."""
    return count_unread(workspace_of(request), most=TOLD)
