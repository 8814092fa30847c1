"""Keyed pseudonyms of erased people's addresses. They are stored so that an address is recognised if it comes back.

A plain hash of a phone number can be reversed by hashing every number. A pseudonym is an HMAC under a key outside the
database (`settings.ERASURE_KEY`), so a dump of the database alone reveals no address.
"""

import hashlib
import hmac

from django.conf import settings

_BLOCK = 64  # bytes; the block size of SHA-256 (RFC 2104)


def pseudonym(workspace_id: int, kind: str, value: str) -> str:
    """The pseudonym of an address (`kind`: Identity.Kind, `value`: as it is stored), 64 hex digits.

    The same address has different pseudonyms in two workspaces.
    """
    plain = hashlib.sha256(f"wabolt:{workspace_id}:{kind}:{value}".encode("utf-8", "replace")).hexdigest()
    return pseudonym_of_digest(workspace_id, plain)


def pseudonym_of_digest(workspace_id: int, digest: str) -> str:
    """The pseudonym of an address of which only the plain SHA-256 of before WABolt 0.2 is known."""
    return hmac.new(_key(workspace_id), digest.encode(), hashlib.sha256).hexdigest()


def pseudonym_sql(workspace_id: int, kind: str, column: str) -> str:
    """An SQL expression for the pseudonym of the address in `column`. `kind` is an SQL expression too.

    The expression contains a key of this workspace: never show it and never write it to a log.
    """
    key = _key(workspace_id).ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in key).hex() for pad in (0x36, 0x5C))
    plain = f"convert_to('wabolt:{int(workspace_id)}:' || {kind} || ':' || {column}, 'UTF8')"
    digest = f"convert_to(encode(sha256({plain}), 'hex'), 'UTF8')"
    return rf"encode(sha256('\x{outer}'::bytea || sha256('\x{inner}'::bytea || {digest})), 'hex')"


def _key(workspace_id: int) -> bytes:
    return hmac.new(settings.ERASURE_KEY.encode(), f"wabolt.erasure:{workspace_id}".encode(), hashlib.sha256).digest()
