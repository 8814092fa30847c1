"""The limit of wrong second-factor codes for an account.

allauth permits five attempts in five minutes, which are 1,440 guesses a day. A person who guesses codes has the
password, so wrong codes of a day are limited too. The count belongs to the account: another session or another address
does not start a new one. A known device (accounts.devices) has a count of its own, so that the owner is not locked out.
"""

from allauth.core import ratelimit
from django.http import HttpRequest

from wabolt.accounts import devices
from wabolt.accounts.models import User

ACTION = "second_factor"
"""The key of the limit in ACCOUNT_RATE_LIMITS."""


def may_try_code(request: HttpRequest, user: User) -> bool:
    """Returns whether one more code of `user` may be checked."""
    return bool(ratelimit.consume(request, action=ACTION, key=_key(request, user), dry_run=True))


def count_wrong_code(request: HttpRequest, user: User) -> None:
    """Counts a wrong code of `user`."""
    ratelimit.consume(request, action=ACTION, key=_key(request, user))


def _key(request: HttpRequest, user: User) -> str:
    return f"{user.pk} on {devices.known_device(request, user.email)}"
