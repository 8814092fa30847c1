"""The settings of allauth that are code."""

import hashlib
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from wabolt.accounts import devices
from wabolt.accounts.models import User
from wabolt.accounts.services.audit import record_audit_of_person

log = logging.getLogger(__name__)
_SILENT = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}
LOCK_SECONDS = 300
"""One lock-out leaves one audit entry in this time: the window of `login_failed` in ACCOUNT_RATE_LIMITS."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """No sign-up: people come by /setup/ or by an owner's invitation. Failures and lock-outs leave audit entries."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sends nothing: a small shop has no mail server. `wabolt user password` sets a lost password."""
        log.info("no mail server: %s was not sent", template_prefix)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Shows allauth's messages, except those about signing in and out: the next page shows that."""
        if message_template not in _SILENT:
            super().add_message(request, level, message_template, *args, **kwargs)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:profile")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Returns the key for limits that count per address: the device's id for a known device, else the address.

        Phones of one mobile network share an address. A stranger's wrong passwords must not lock out the owner's phone.
        """
        device = devices.device_of(request)
        return f"device-{device}" if device else super().get_client_ip(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts the attempt before the password is checked. A known device of the person has its own count."""
        login = _login(credentials)
        device = devices.known_device(request, login)
        counted = {"email": f"{login} on {device}"} if device else {"email": login}
        try:
            super().pre_authenticate(request, **counted)
        except ValidationError:
            self._note_lock_out(login)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Writes an audit entry for people who exist only: invented e-mail addresses must not fill the database."""
        user = _person(_login(credentials))
        if user is not None:
            record_audit_of_person(person=user, action="user.sign_in_failed")

    def _note_lock_out(self, login: str) -> None:
        key = f"accounts.locked_out:{hashlib.sha256(login.encode()).hexdigest()}"
        user = _person(login)
        if user is not None and cache.add(key, True, LOCK_SECONDS):
            record_audit_of_person(person=user, action="user.locked_out")


def _login(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "").strip().lower()


def _person(login: str) -> User | None:
    return User.objects.filter(email__iexact=login).first() if login and "\0" not in login else None
