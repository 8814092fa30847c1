"""API keys."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from wabolt.accounts.models import ApiKey, Membership, User, Workspace
from wabolt.accounts.queries import digest_of
from wabolt.accounts.services.audit import record_audit
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean


@transaction.atomic
def create_api_key(
    *, workspace: Workspace, name: str, role: str = Membership.Role.VIEWER, created_by: User
) -> tuple[ApiKey, str]:
    """Creates a key. Returns it with its secret, which is not stored. Raises DomainError for an empty name or an
    unknown role."""
    name = clean(name)[:100]
    if not name:
        raise DomainError(_("Give the key a name, so that you know later what uses it."), field="name")
    if role not in Membership.Role.values:
        raise DomainError(_("Choose a role."), field="role")
    secret = f"wab_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        workspace=workspace,
        name=name,
        prefix=secret[:10],
        digest=digest_of(secret),
        role=role,
        created_by=created_by,
    )
    record_audit(
        workspace=workspace,
        actor=created_by,
        action="api_key.create",
        target=("api_key", key.pk),
        data={"name": name, "role": role},
    )
    return key, secret


def note_api_key_use(*, key: ApiKey) -> None:
    """Notes that a key was used now, at most once a minute."""
    now = clock.now()
    long_ago = Q(last_used_at=None) | Q(last_used_at__lt=now - timedelta(minutes=1))
    ApiKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=now)


@transaction.atomic
def revoke_api_key(*, workspace: Workspace, key: ApiKey, by: User) -> None:
    """Revokes a key. A second call does nothing."""
    changed = ApiKey.objects.filter(workspace=workspace, pk=key.pk, revoked_at=None).update(revoked_at=clock.now())
    if changed:
        record_audit(
            workspace=workspace, actor=by, action="api_key.revoke", target=("api_key", key.pk), data={"name": key.name}
        )
