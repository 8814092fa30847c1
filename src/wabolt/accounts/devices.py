"""Known devices: browsers in which a person has signed in before, recognised by a signed cookie.

Wrong passwords are counted separately for a known device. Guesses from other devices therefore do not lock the owner
out (adapter.AccountAdapter).
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "wabolt_device"
LASTS = 60 * 60 * 24 * 365  # seconds
MOST_PEOPLE = 5
"""The number of people that one browser remembers. A further one replaces the oldest."""
_SALT = "wabolt.accounts.device"
_FRESH = "_remembered_device"


def known_device(request: HttpRequest, login: str) -> str:
    """Returns the device's id if the person with the e-mail `login` has signed in on it before, else ""."""
    device, people = _read(request)
    return device if _mark(login) in people else ""


def device_of(request: HttpRequest) -> str:
    """Returns the device's id if any person has signed in on it before, else ""."""
    return _read(request)[0]


def remember(request: HttpRequest, login: str) -> None:
    """Makes the request's device a known device of the person with the e-mail `login`. The response gets the cookie."""
    device, people = _read(request)
    people = [*(one for one in people if one != _mark(login)), _mark(login)][-MOST_PEOPLE:]
    setattr(request, _FRESH, signing.dumps([device or secrets.token_urlsafe(12), people], salt=_SALT))


def add_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Adds the cookie to the response of a request for which `remember` was called."""
    fresh = getattr(request, _FRESH, "")
    if fresh:
        response.set_cookie(
            COOKIE, fresh, max_age=LASTS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
        )


def _mark(login: str) -> str:
    return salted_hmac(_SALT, login.strip().lower(), algorithm="sha256").hexdigest()[:24]


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        device, people = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LASTS)
        return str(device), [str(one) for one in people]
    except (signing.BadSignature, TypeError, ValueError):
        return "", []
