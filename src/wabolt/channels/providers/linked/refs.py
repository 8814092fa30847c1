"""A message's `ref` inside its message secret, so that our own id comes back with WhatsApp's.

WhatsApp's id of a message is made inside the library and is lost to us when a send breaks off. But the library writes
it down in our database, beside the message's 32-byte secret, before anything leaves the machine; and that secret we
may choose. So it carries our ref, sealed under the channel's key: to everybody else it is as random as any other.
"""

import hmac
import secrets
from hashlib import sha256

SECRET_SIZE = 32
_NONCE, _TAG = 6, 4
MAX_REF = SECRET_SIZE - _NONCE - _TAG
"""Bytes of a ref that fit."""


def seal(key: bytes, ref: str) -> bytes:
    """A fresh message secret that carries `ref`; one that carries nothing when it is too long."""
    body = ref.encode()
    if len(body) > MAX_REF or b"\x00" in body:
        return secrets.token_bytes(SECRET_SIZE)
    nonce = secrets.token_bytes(_NONCE)
    sealed = _mask(key, nonce, body.ljust(MAX_REF, b"\x00"))
    return nonce + sealed + _tag(key, nonce + sealed)


def unseal(key: bytes, secret: bytes) -> str | None:
    """The ref that a secret carries; None for a secret that is not of our making."""
    if len(secret) != SECRET_SIZE:
        return None
    sealed, tag = secret[:-_TAG], secret[-_TAG:]
    if not hmac.compare_digest(tag, _tag(key, sealed)):
        return None
    try:
        return _mask(key, sealed[:_NONCE], sealed[_NONCE:]).rstrip(b"\x00").decode()
    except UnicodeDecodeError:
        return None


def _mask(key: bytes, nonce: bytes, body: bytes) -> bytes:
    stream = hmac.digest(key, b"mask" + nonce, sha256)[: len(body)]
    return bytes(a ^ b for a, b in zip(body, stream, strict=True))


def _tag(key: bytes, sealed: bytes) -> bytes:
    return hmac.digest(key, b"tag" + sealed, sha256)[:_TAG]
