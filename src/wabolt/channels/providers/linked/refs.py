"""Carries our `ref` inside the message secret, so that it comes back with WhatsApp's message id.

The library generates the message id and does not return it when a send fails. But it stores the id with the 32-byte
message secret in our database before anything is sent, and we may choose the secret. It therefore contains our ref,
encrypted with a key of the channel. Without the key the secret looks random.
"""

import hmac
import secrets
from hashlib import sha256

SECRET_SIZE = 32
_NONCE, _TAG = 6, 4
MAX_REF = SECRET_SIZE - _NONCE - _TAG
"""Longest ref in bytes."""


def seal(key: bytes, ref: str) -> bytes:
    """Returns a new message secret with `ref`; a random one if `ref` is too long."""
    body = ref.encode()
    if len(body) > MAX_REF or b"\x00" in body:
        return secrets.token_bytes(SECRET_SIZE)
    nonce = secrets.token_bytes(_NONCE)
    sealed = _mask(key, nonce, body.ljust(MAX_REF, b"\x00"))
    return nonce + sealed + _tag(key, nonce + sealed)


def unseal(key: bytes, secret: bytes) -> str | None:
    """Returns the ref in a secret; None for a secret that we did not make."""
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
