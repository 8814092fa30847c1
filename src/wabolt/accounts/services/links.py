"""One-time links: invitations to a team, and sign-in links of demo shops.

A small shop has no mail server, so the owner sends the invitation by WhatsApp. Only the digest of a token is stored. A
link works once and expires.
"""

import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from wabolt.accounts.models import Invitation, Membership, SignInLink, User, Workspace
from wabolt.accounts.queries import digest_of, open_invitations, was_removed_since
from wabolt.accounts.services.audit import record_audit, record_audit_of_person
from wabolt.accounts.services.members import add_member
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean

INVITATION_LASTS = timedelta(days=7)
SIGN_IN_LINK_LASTS = timedelta(hours=2)


@transaction.atomic
def invite(*, workspace: Workspace, name: str, role: str, by: User) -> tuple[Invitation, str]:
    """Creates an invitation for `name`. Returns it with the path of its link, which is shown once."""
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
        workspace=workspace,
        actor=by,
        action="member.invite",
        target=("invitation", invitation.pk),
        data={"name": name, "role": role},
    )
    return invitation, reverse("accounts:invitation", args=[token])


@transaction.atomic
def accept_invitation(
    *, token: str, user: User | None = None, email: str = "", name: str = "", password: str = ""
) -> Membership:
    """Adds `user`, who is signed in, or a new person with `email`, `name` and `password` to the team.

    Raises DomainError when the link does not work (code "link"), a person with this e-mail exists (code "known": they
    have to sign in first) or the person was removed after the invitation was made (code "removed"), and
    ValidationError for a weak password.
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
    user = user or _new_person(email.strip(), clean(name)[:100], password)
    membership = add_member(workspace=invitation.workspace, user=user, role=invitation.role)
    # Asked after the insert, which waits for a removal at the same moment.
    if was_removed_since(invitation.workspace, user, invitation.created_at):
        raise DomainError(
            _("You were removed from this team after this invitation was made. Ask the owner for a new one."),
            code="removed",
        )
    invitation.used_at, invitation.used_by = clock.now(), user
    invitation.save(update_fields=["used_at", "used_by"])
    return membership


def _new_person(email: str, name: str, password: str) -> User:
    known = DomainError(
        _("This e-mail is already in use. If it is yours, sign in first and open the link again."),
        code="known",
        field="email",
    )
    if User.objects.filter(email__iexact=email).exists():
        raise known
    validate_password(password, User(email=email, name=name))
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name)
    except IntegrityError:  # the same e-mail at the same moment
        raise known from None


@transaction.atomic
def make_sign_in_link(user: User) -> str:
    """Returns the path of a link that signs `user` in once, within SIGN_IN_LINK_LASTS. Earlier links stop working.

    Raises DomainError for a member of a shop that is no demo shop.
    """
    _only_demo(user)
    SignInLink.objects.filter(user=user).delete()
    token = secrets.token_urlsafe(24)
    SignInLink.objects.create(user=user, digest=digest_of(token), expires_at=clock.now() + SIGN_IN_LINK_LASTS)
    return reverse("accounts:sign_in_link", args=[token])


@transaction.atomic
def use_sign_in_link(*, token: str) -> User:
    """Uses a sign-in link and returns its person. Raises DomainError when it is unknown, used or expired."""
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
