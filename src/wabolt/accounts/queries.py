"""Reads of accounts."""

from wabolt.accounts.models import Membership, User


def current_membership(user: User, workspace_id: int | None) -> Membership | None:
    """The membership of `user` in the workspace `workspace_id`, or else in the one joined first; None without any."""
    memberships = list(Membership.objects.select_related("workspace").filter(user=user).order_by("id"))
    for membership in memberships:
        if membership.workspace_id == workspace_id:
            return membership
    return memberships[0] if memberships else None
