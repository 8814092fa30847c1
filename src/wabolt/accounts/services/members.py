"""Members of a workspace and their roles."""

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Membership, User, Workspace
from wabolt.accounts.services.audit import record_audit
from wabolt.accounts.services.grants import end_grants_of_member, revoke_invitations_above
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least


@transaction.atomic
def add_member(*, workspace: Workspace, user: User, role: str, by: User | None = None) -> Membership:
    """Adds `user` to the workspace with `role`. Raises DomainError for a present member."""
    if role not in Membership.Role.values:
        raise DomainError(_("Choose a role."), field="role")
    membership, created = Membership.objects.get_or_create(workspace=workspace, user=user, defaults={"role": role})
    if not created:
        raise DomainError(_("%(name)s is already in this team.") % {"name": user}, code="duplicate")
    record_audit(
        workspace=workspace,
        actor=by or user,
        action="member.add",
        target=("user", user.pk),
        data={"role": role, "name": str(user)},
    )
    return membership


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: User, revoke_open: bool = False) -> Membership:
    """Changes a member's role. Raises DomainError when the workspace would have no owner.

    `revoke_open`: after a lowered role, revoke the open invitations that give more than it.
    """
    if role not in Membership.Role.values:
        raise DomainError(_("Choose a role."), field="role")
    membership = _locked(membership)
    before = membership.role
    if before == role:
        return membership
    if before == Membership.Role.OWNER:
        _keep_an_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    record_audit(
        workspace=membership.workspace,
        actor=by,
        action="member.change_role",
        target=("user", membership.user_id),
        data={"from": before, "to": role, "name": str(membership.user)},
    )
    if not at_least(role, before):
        end_grants_of_member(workspace=membership.workspace, user=membership.user, role=role, by=by)
        if revoke_open:
            revoke_invitations_above(workspace=membership.workspace, role=role, by=by)
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, by: User, revoke_open: bool = False) -> None:
    """Removes a member; every request of theirs is refused from now on. Raises DomainError for the last owner.

    `revoke_open`: revoke all open invitations too. A person who comes back with a new account cannot be recognised.
    """
    membership = _locked(membership)
    if membership.role == Membership.Role.OWNER:
        _keep_an_owner(membership)
    record_audit(
        workspace=membership.workspace,
        actor=by,
        action="member.remove",
        target=("user", membership.user_id),
        data={"role": membership.role, "name": str(membership.user)},
    )
    membership.delete()
    end_grants_of_member(workspace=membership.workspace, user=membership.user, role="", by=by)
    if revoke_open:
        revoke_invitations_above(workspace=membership.workspace, role="", by=by)


def _locked(membership: Membership) -> Membership:
    """Returns the stored membership with the workspace locked, so that two owners cannot remove each other at once."""
    Workspace.objects.select_for_update(no_key=True).get(pk=membership.workspace_id)
    found = Membership.objects.select_related("workspace", "user").filter(pk=membership.pk).first()
    if found is None:
        raise DomainError(_("This person has already left the team."), code="gone")
    return found


def _keep_an_owner(membership: Membership) -> None:
    owners = Membership.objects.filter(workspace_id=membership.workspace_id, role=Membership.Role.OWNER)
    if not owners.exclude(pk=membership.pk).exists():
        raise DomainError(
            _("A shop needs an owner. Make another member an owner first, then try again."), code="last_owner"
        )
