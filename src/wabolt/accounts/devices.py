"""Known devices: a browser in which a person has signed in before, recognised by a signed cookie.

A lock-out after too many wrong passwords counts a known device apart from all others, so that guesses from elsewhere do
not keep the owner out (adapter.AccountAdapter).
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "wabolt_device"
LASTS = 60 * 60 * 24 * 365  # seconds
MOST_PEOPLE = 5
"""People that one browser remembers; the one who signed in first is forgotten first."""
_SALT = "wabolt.accounts.device"
_FRESH = "_remembered_device"


def known_device(request: HttpRequest, login: str) -> str:
    """The id of the request's device when the person with the e-mail `login` has signed in on it before, else ""."""
    device, people = _read(request)
    return device if _mark(login) in people else ""


def device_of(request: HttpRequest) -> str:
    """The id of the request's device when anybody has signed in on it before, else ""."""
    return _read(request)[0]


def remember(request: HttpRequest, login: str) -> None:
    """Lets the answer to `request` make its device a known device of the person with the e-mail `login`."""
    device, people = _read(request)
    people = [*(one for one in people if one != _mark(login)), _mark(login)][-MOST_PEOPLE:]
    setattr(request, _FRESH, signing.dumps([device or secrets.token_urlsafe(12), people], salt=_SALT))


def add_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Puts what `remember` noted on the answer."""
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
