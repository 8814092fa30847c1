"""What a person changes about themselves, and what the operator of the machine can do for who is locked out."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User
from wabolt.accounts.services.audit import record_audit_of_person
from wabolt.accounts.services.grants import end_grants_of_person
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean


@transaction.atomic
def update_profile(*, user: User, name: str, language: str) -> User:
    """The person's name and language ("" follows the shop's); an unknown language is the shop's."""
    before = (user.name, user.language)
    user.name = clean(name)[:100]
    user.language = language if language in dict(settings.LANGUAGES) else ""
    if (user.name, user.language) != before:
        user.save(update_fields=["name", "language"])
        record_audit_of_person(person=user, action="user.update_profile")
    return user


@transaction.atomic
def set_password(*, email: str, password: str) -> User:
    """Gives somebody a new password from the command line and signs them out everywhere (the session's hash no
    longer fits). Raises DomainError for an unknown person, ValidationError for a weak password."""
    user = _person(email)
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_grants_of_person(user=user, actor="command line")
    record_audit_of_person(person=user, actor="command line", action="user.set_password")
    return user


@transaction.atomic
def reset_second_factor(*, email: str) -> int:
    """Takes the second factor off somebody who lost it; how many keys were removed."""
    user = _person(email)
    removed, _each = Authenticator.objects.filter(user=user).delete()
    end_grants_of_person(user=user, actor="command line")
    record_audit_of_person(person=user, actor="command line", action="user.reset_second_factor")
    return int(removed)


def _person(email: str) -> User:
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        raise DomainError(_("Nobody signs in as %s.") % email, code="unknown")
    return user
