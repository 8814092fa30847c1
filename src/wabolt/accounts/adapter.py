"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Nobody signs up by themselves: people come in by /setup/ or by an owner's invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
