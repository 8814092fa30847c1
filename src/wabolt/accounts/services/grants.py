"""Grants: invitations, sign-in links, API keys and sessions. A grant ends when its maker loses the right to make it."""

from django.db import transaction

from wabolt.accounts.models import ApiKey, Invitation, Membership, SignInLink, User, Workspace
from wabolt.accounts.queries import invitations_above
from wabolt.accounts.services.audit import Actor, record_audit
from wabolt.accounts.signals import rights_lost
from wabolt.lib import clock
from wabolt.lib.roles import at_least

MAKER = Membership.Role.OWNER
"""The lowest role that may invite people and make API keys."""


@transaction.atomic
def end_grants_of_member(*, workspace: Workspace, user: User, role: str, by: User) -> None:
    """Ends the grants of a member that `role`, the role that remains ("" for none), may not make.

    Sends `signals.rights_lost`; other rooms then end what the member has scheduled.
    """
    if not at_least(role, MAKER):
        _end(workspace, user, by)
    if not role:
        SignInLink.objects.filter(user=user).delete()
    rights_lost.send(Workspace, workspace=workspace, user=user, role=role)


@transaction.atomic
def revoke_invitation(*, workspace: Workspace, invitation: Invitation, by: User) -> None:
    """Revokes an invitation. A used one is left as it is."""
    waiting = Invitation.objects.filter(workspace=workspace, pk=invitation.pk, used_at=None, revoked_at=None)
    if waiting.update(revoked_at=clock.now()):
        record_audit(
            workspace=workspace,
            actor=by,
            action="member.revoke_invitation",
            target=("invitation", invitation.pk),
            data={"name": invitation.name},
        )


@transaction.atomic
def revoke_invitations_above(*, workspace: Workspace, role: str, by: User) -> None:
    """Revokes the open invitations that give more than `role` ("" for none)."""
    for invitation in invitations_above(workspace, role):
        revoke_invitation(workspace=workspace, invitation=invitation, by=by)


@transaction.atomic
def end_grants_of_person(*, user: User, actor: str = "") -> None:
    """Ends the invitations, API keys, sign-in links and sessions of a person in every workspace.

    Call it after a new password and after the second factor was switched off: a stranger with the old password may have
    made them. To keep the session in use, call `django.contrib.auth.update_session_auth_hash` afterwards.
    """
    for workspace in Workspace.objects.filter(memberships__user=user).order_by("pk"):
        _end(workspace, user, user, actor)
    SignInLink.objects.filter(user=user).delete()
    user.sessions_version += 1
    user.save(update_fields=["sessions_version"])


def _end(workspace: Workspace, user: User, by: User, actor: str = "") -> None:
    now = clock.now()
    waiting = Invitation.objects.filter(workspace=workspace, created_by=user, used_at=None, revoked_at=None)
    in_use = ApiKey.objects.filter(workspace=workspace, created_by=user, revoked_at=None)
    names = [*waiting.values_list("name", flat=True), *in_use.values_list("name", flat=True)]
    if not names:
        return
    waiting.update(revoked_at=now)
    in_use.update(revoked_at=now)
    record_audit(
        workspace=workspace,
        actor=Actor(actor, by),
        action="member.end_grants",
        target=("user", user.pk),
        data={"name": str(user), "grants": names},
    )
