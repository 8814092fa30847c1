"""Changes of a person to their own account, and help by the operator for a person who is locked out."""

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
    """Changes name and language. An unknown language becomes "", which follows the shop's."""
    before = (user.name, user.language)
    user.name = clean(name)[:100]
    user.language = language if language in dict(settings.LANGUAGES) else ""
    if (user.name, user.language) != before:
        user.save(update_fields=["name", "language"])
        record_audit_of_person(person=user, action="user.update_profile")
    return user


@transaction.atomic
def set_password(*, email: str, password: str) -> User:
    """Sets a new password from the command line and ends every session and grant of the person.

    Raises DomainError for an unknown person and ValidationError for a weak password.
    """
    user = _person(email)
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_grants_of_person(user=user, actor="command line")
    record_audit_of_person(person=user, actor="command line", action="user.set_password")
    return user


@transaction.atomic
def reset_second_factor(*, email: str) -> int:
    """Removes the second factor of a person who lost it. Returns how many authenticators were removed."""
    user = _person(email)
    removed, _each = Authenticator.objects.filter(user=user).delete()
    end_grants_of_person(user=user, actor="command line")
    record_audit_of_person(person=user, actor="command line", action="user.reset_second_factor")
    return int(removed)


def _person(email: str) -> User:
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        raise DomainError(_("No account has the e-mail %s.") % email, code="unknown")
    return user
