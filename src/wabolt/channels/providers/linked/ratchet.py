"""Undoing the decryption of a message that was lost before it was stored. Pure.

Decrypting a Signal message moves the session on: the same ciphertext is refused ever after. A process that is killed
between the decryption and the commit of the message has lost it, although WhatsApp delivers it once more. So the
session as it was before is kept until the message is stored, and put back when a process starts and finds one.

Messages that were sent meanwhile moved the sending half of the session on. That half must never go back: the other side
would drop the next message as one that it already has. `rewound` therefore puts back the receiving half alone.

A record is JSON with `SessionState`, which holds `SenderChain` (libsignal for Go, serialize/JSONSerializer).
"""

import json
from typing import Any


def rewound(before: bytes, after: bytes | None) -> bytes:
    """The session record `before` a decryption, with the sending chain that it had `after`wards where the two belong
    together. Raises ValueError for what is no session record."""
    if after is None:
        return before
    record, later = _read(before), _read(after)
    chain, later_chain = record["SessionState"].get("SenderChain"), later["SessionState"].get("SenderChain")
    if not chain or not later_chain or chain["SenderRatchetKeyPublic"] != later_chain["SenderRatchetKeyPublic"]:
        return before  # decrypting began a new sending chain: nothing more goes out on the old one
    record["SessionState"]["SenderChain"] = later_chain
    return json.dumps(record, separators=(",", ":")).encode()


def _read(record: bytes) -> dict[str, Any]:
    value = json.loads(record)
    if not isinstance(value, dict) or not isinstance(value.get("SessionState"), dict):
        raise ValueError("no session record")  # noqa: TRY004 - a caller knows one error for all that it may be
    return value
