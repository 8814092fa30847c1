"""What a person does to their own way in, on allauth's pages. Connected in `AccountsConfig.ready`."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.dispatch import receiver

from wabolt.accounts.models import User
from wabolt.accounts.services.audit import record_audit_of_person

_BACKUP = Authenticator.Type.RECOVERY_CODES
"""Recovery codes come and go with the second step."""


@receiver(password_changed)
def note_password(user: User, **_: Any) -> None:
    record_audit_of_person(person=user, action="user.change_password")


@receiver(authenticator_added)
def note_second_step(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != _BACKUP:
        record_audit_of_person(person=user, action="user.add_second_factor")


@receiver(authenticator_removed)
def note_no_second_step(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != _BACKUP:
        record_audit_of_person(person=user, action="user.remove_second_factor")
