"""Accounts after a restore: access that was taken away since the backup was made stays away."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from wabolt.accounts.models import ApiKey, Membership
from wabolt.lib import clock
from wabolt.lib.restore import Restore, Rows, carry_over

_PERSON = ("password", "is_active", "sessions_version", "last_login")


@transaction.atomic
def keep_grants(*, restore: Restore) -> None:
    """Carries over passwords, second factors, roles and API keys from the previous database, for the shops that both
    databases hold.

    API keys of other shops are revoked, because some of them may have been revoked since the backup was made.
    """
    ApiKey.objects.exclude(workspace__in=restore.shops).filter(revoked_at=None).update(revoked_at=clock.now())
    if restore.previous is None:
        return
    shops = list(restore.shops)
    carry_over(restore, Rows("accounts_user", "true", same=("created_at",), update=_PERSON, insert=False))
    known = [pk for (pk,) in restore.previous.execute("SELECT id FROM accounts_user").fetchall()]
    Authenticator.objects.filter(user_id__in=known).delete()
    carry_over(restore, Rows("mfa_authenticator", "true"))
    _keep_roles(restore, shops)
    ApiKey.objects.filter(workspace__in=shops).delete()
    carry_over(restore, Rows("accounts_apikey", "workspace_id = ANY(%s)", (shops,)))


def _keep_roles(restore: Restore, shops: list[int]) -> None:
    """Removes members who were removed since the backup was made, and applies changed roles."""
    assert restore.previous is not None
    query = "SELECT workspace_id, user_id, role FROM accounts_membership WHERE workspace_id = ANY(%s)"
    present = {(shop, user): role for shop, user, role in restore.previous.execute(query, [shops]).fetchall()}
    for membership in Membership.objects.filter(workspace__in=shops):
        role = present.get((membership.workspace_id, membership.user_id))
        if role is None:
            membership.delete()
        elif role != membership.role:
            Membership.objects.filter(pk=membership.pk).update(role=role)
