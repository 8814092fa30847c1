"""Secrets of vendors at rest: sealed with a key that lies outside the database (`settings.SECRETS_KEY`)."""

import base64
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SealBrokenError(Exception):
    """A secret was sealed with another key than the one of this installation, or was changed."""


def seal(secret: str) -> str:
    """The secret as it may lie in the database."""
    return _box(settings.SECRETS_KEY).encrypt(secret.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """The secret again. Raises SealBrokenError."""
    try:
        return _box(settings.SECRETS_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBrokenError from error


@lru_cache(maxsize=2)
def _box(key: str) -> Fernet:
    # The key is long and random (site.home), so a plain hash is enough to bring it to Fernet's 32 bytes.
    return Fernet(base64.urlsafe_b64encode(sha256(b"wabolt secrets\x00" + key.encode()).digest()))
