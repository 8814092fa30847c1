"""Sealing of secrets (tokens, passwords, private keys). The key, `settings.SECRETS_KEY`, is not in the database."""

import base64
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SealBrokenError(Exception):
    """The secret was sealed with another key, or the sealed value was changed."""


def seal(secret: str) -> str:
    """Returns the sealed secret, which can be stored in the database."""
    return _box(settings.SECRETS_KEY).encrypt(secret.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """Returns the secret. Raises SealBrokenError."""
    try:
        return _box(settings.SECRETS_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBrokenError from error


@lru_cache(maxsize=2)
def _box(key: str) -> Fernet:
    # The key is long and random (site.home), so a plain hash yields the 32 bytes that Fernet needs.
    return Fernet(base64.urlsafe_b64encode(sha256(b"wabolt secrets\x00" + key.encode()).digest()))
