"""Audit entries and ended grants after changes on allauth's pages, and after a restore. Connected in
`AccountsConfig.ready`."""

from typing import Any

from allauth.account.signals import password_changed, password_set, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_out
from django.core.cache import cache
from django.dispatch import receiver
from django.http import HttpRequest

from wabolt.accounts import devices
from wabolt.accounts.models import User
from wabolt.accounts.second_factor import count_wrong_code
from wabolt.accounts.services.audit import record_audit_of_installation, record_audit_of_person
from wabolt.accounts.services.grants import end_grants_of_person
from wabolt.accounts.services.restoring import keep_grants
from wabolt.lib.clock_set import wall_clock_set_back
from wabolt.lib.restore import Restore, database_restored

_BACKUP = Authenticator.Type.RECOVERY_CODES
"""Recovery codes are created and deleted with the second factor."""


@receiver(wall_clock_set_back)
def forget_sign_in_counts(**_: Any) -> None:
    """Restarts all limits of sign-in. The cache holds nothing else.

    They count the attempts of the last minutes by the wall clock. Those from before it was set back would lock people
    out until it is that time again.
    """
    cache.clear()


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    record_audit_of_person(person=user, action="user.sign_in")
    devices.remember(request, user.email)


@receiver(user_logged_out)
def note_sign_out(user: User | None, **_: Any) -> None:
    if user is not None:
        record_audit_of_person(person=user, action="user.sign_out")


@receiver([password_changed, password_set])
def note_password(request: HttpRequest, user: User, **_: Any) -> None:
    record_audit_of_person(person=user, action="user.change_password")
    _end_grants(request, user)


@receiver(authentication_failed)
def note_wrong_code(request: HttpRequest, user: User, **_: Any) -> None:
    count_wrong_code(request, user)
    record_audit_of_person(person=user, action="user.second_factor_failed")


@receiver(authenticator_added)
def note_second_step(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != _BACKUP:
        record_audit_of_person(person=user, action="user.add_second_factor")


@receiver(authenticator_removed)
def note_no_second_step(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != _BACKUP:
        record_audit_of_person(person=user, action="user.remove_second_factor")
        _end_grants(request, user)


@receiver(authenticator_reset)
def note_new_codes(user: User, **_: Any) -> None:
    record_audit_of_person(person=user, action="user.new_recovery_codes")


@receiver(database_restored)
def note_restore(restore: Restore, **_: Any) -> None:
    keep_grants(restore=restore)
    record_audit_of_installation(action="system.restore", data={"made_at": restore.made_at.isoformat()})


def _end_grants(request: HttpRequest, user: User) -> None:
    """Ends every grant of the person and every session except the one in use."""
    end_grants_of_person(user=user)
    update_session_auth_hash(request, user)
