"""Helpers of several pages of giveaways."""

from django.http import Http404, HttpRequest

from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.lib.roles import at_least
from wabolt.optin.giveaways import queries
from wabolt.optin.models import Giveaway


def giveaway_or_404(request: HttpRequest, giveaway_id: int) -> Giveaway:
    """The giveaway of the member's workspace. Raises Http404."""
    found = queries.giveaway(workspace_of(request), giveaway_id)
    if found is None:
        raise Http404
    return found


def may(request: HttpRequest, role: str) -> bool:
    """Whether the member has this role or a stronger one."""
    return at_least(membership_of(request).role, role)
