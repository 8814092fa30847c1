"""How allauth behaves here."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Nobody signs up by themselves: people come in by /setup/ or by an owner's invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A small shop has no mail server: a lost password is set anew with `wabolt user password`."""
        log.info("no mail server: %s was not sent", template_prefix)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The page that follows shows who is signed in; a toast that says so again is one too many."""
