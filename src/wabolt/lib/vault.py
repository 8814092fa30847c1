"""Sealing of secrets (tokens, passwords, private keys). The key, `settings.SECRETS_KEY`, is not in the database."""

import base64
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SealBrokenError(Exception):
    """The secret was sealed with another key, or the sealed value was changed."""


def seal(secret: str) -> str:
    """Returns the sealed secret, which can be stored in the database."""
    return _box(settings.SECRETS_KEY, b"secrets").encrypt(secret.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """Returns the secret. Raises SealBrokenError."""
    try:
        return _box(settings.SECRETS_KEY, b"secrets").decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBrokenError from error


def seal_file(key: str, content: bytes) -> bytes:
    """Returns `content` encrypted and signed for a file outside the database. `key`: the erasure key."""
    return _box(key, b"erasure list").encrypt(content)


def unseal_file(key: str, file: bytes) -> tuple[bytes, datetime]:
    """Returns the content of a sealed file and when it was sealed. Raises SealBrokenError."""
    box = _box(key, b"erasure list")
    try:
        return box.decrypt(file), datetime.fromtimestamp(box.extract_timestamp(file), UTC)
    except InvalidToken as error:
        raise SealBrokenError from error


@lru_cache(maxsize=4)
def _box(key: str, use: bytes) -> Fernet:
    # The keys are long and random (site.home), so a plain hash yields the 32 bytes that Fernet needs.
    return Fernet(base64.urlsafe_b64encode(sha256(b"wabolt " + use + b"\x00" + key.encode()).digest()))
