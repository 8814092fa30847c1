"""One-time links: an invitation to a team, and the way into a demo.

A small shop has no mail server, so the owner sends an invitation by WhatsApp themselves. Of a link only the digest
is kept; it works once, and not after its time.
"""

import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from wabolt.accounts.models import Invitation, Membership, SignInLink, User, Workspace
from wabolt.accounts.queries import digest_of, open_invitations
from wabolt.accounts.services.audit import record_audit, record_audit_of_person
from wabolt.accounts.services.members import add_member
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean

INVITATION_LASTS = timedelta(days=7)
SIGN_IN_LINK_LASTS = timedelta(hours=2)


@transaction.atomic
def invite(*, workspace: Workspace, name: str, role: str, by: User) -> tuple[Invitation, str]:
    """An invitation to the team and the path of its link, which is shown once. `name`: whom the owner means."""
    name = clean(name)[:100]
    if not name:
        raise DomainError(_("Whom do you invite? Write a name."), field="name")
    if role not in Membership.Role.values:
        raise DomainError(_("Choose a role."), field="role")
    token = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        workspace=workspace,
        name=name,
        role=role,
        digest=digest_of(token),
        created_by=by,
        expires_at=clock.now() + INVITATION_LASTS,
    )
    record_audit(
        workspace=workspace, user=by, action="member.invite", target_kind="invitation", target_id=invitation.pk,
        data={"name": name, "role": role},
    )  # fmt: skip
    return invitation, reverse("accounts:invitation", args=[token])


@transaction.atomic
def revoke_invitation(*, workspace: Workspace, invitation: Invitation, by: User) -> None:
    """Makes an invitation useless; one that was used stays used."""
    waiting = Invitation.objects.filter(workspace=workspace, pk=invitation.pk, used_at=None, revoked_at=None)
    if waiting.update(revoked_at=clock.now()):
        record_audit(
            workspace=workspace, user=by, action="member.revoke_invitation", target_kind="invitation",
            target_id=invitation.pk, data={"name": invitation.name},
        )  # fmt: skip


@transaction.atomic
def accept_invitation(
    *, token: str, user: User | None = None, email: str = "", name: str = "", password: str = ""
) -> Membership:
    """Uses an invitation: `user` (signed in) joins, or a new person with `email`, `name` and `password` does.

    Raises DomainError when the link is unknown, used, revoked or late (code "link"), or when somebody signs in with
    this e-mail already (code "known": they sign in first); ValidationError for a weak password.
    """
    invitation = (
        open_invitations()
        .select_for_update(of=("self",))
        .select_related("workspace")
        .filter(digest=digest_of(token))
        .first()
    )
    if invitation is None:
        raise DomainError(_("This link no longer works. Ask for a new one."), code="link")
    if user is None:
        if User.objects.filter(email__iexact=email.strip()).exists():
            raise DomainError(
                _("Somebody signs in with this e-mail already. If it is you, sign in first and open the link again."),
                code="known",
                field="email",
            )
        candidate = User(email=email, name=clean(name)[:100])
        validate_password(password, candidate)
        user = User.objects.create_user(email.strip(), password, name=candidate.name)
    membership = add_member(workspace=invitation.workspace, user=user, role=invitation.role)
    invitation.used_at, invitation.used_by = clock.now(), user
    invitation.save(update_fields=["used_at", "used_by"])
    return membership


@transaction.atomic
def make_sign_in_link(user: User) -> str:
    """The path of a link that signs `user` in once, within SIGN_IN_LINK_LASTS; links made before stop working.

    For demo shops only: raises DomainError for anybody who works in a real one.
    """
    _only_demo(user)
    SignInLink.objects.filter(user=user).delete()
    token = secrets.token_urlsafe(24)
    SignInLink.objects.create(user=user, digest=digest_of(token), expires_at=clock.now() + SIGN_IN_LINK_LASTS)
    return reverse("accounts:sign_in_link", args=[token])


@transaction.atomic
def use_sign_in_link(*, token: str) -> User:
    """The person whom a sign-in link lets in, once. Raises DomainError when it is unknown, used or late."""
    link = (
        SignInLink.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(digest=digest_of(token), expires_at__gt=clock.now(), user__is_active=True)
        .first()
    )
    if link is None:
        raise DomainError(_("This link no longer works. Ask for a new one."), code="link")
    _only_demo(link.user)
    link.delete()
    record_audit_of_person(person=link.user, action="user.sign_in_link")
    return link.user


def _only_demo(user: User) -> None:
    workspaces = Workspace.objects.filter(memberships__user=user)
    if not workspaces or not all(workspace.is_demo for workspace in workspaces):
        raise DomainError(_("Only a demo shop can be opened by a link."), code="not_demo")
