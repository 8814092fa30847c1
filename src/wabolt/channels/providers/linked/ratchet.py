"""Restores the Signal session of a message that was decrypted but not stored. Pure.

Decrypting a message advances the session: the same ciphertext is refused afterwards. A process that is killed between
decryption and commit has lost the message, although WhatsApp delivers it again. Therefore the earlier session is kept
until the message is stored, and restored by the next process.

Messages sent in between have advanced the sending chain. It must never go back: the recipient would drop the next
message as a duplicate. `rewound` restores only the receiving chains.

A session record is JSON with `SessionState`, which holds `SenderChain` (libsignal for Go, JSON serializer).
"""

import json
from typing import Any


def rewound(before: bytes, after: bytes | None) -> bytes:
    """Returns the record `before` the decryption with the sending chain of the record `after` it, if both are the same
    chain. Raises ValueError for an unknown format."""
    if after is None:
        return before
    record, later = _read(before), _read(after)
    chain, later_chain = record["SessionState"].get("SenderChain"), later["SessionState"].get("SenderChain")
    if not chain or not later_chain or chain["SenderRatchetKeyPublic"] != later_chain["SenderRatchetKeyPublic"]:
        return before  # the decryption started a new sending chain: the old one is no longer used
    record["SessionState"]["SenderChain"] = later_chain
    return json.dumps(record, separators=(",", ":")).encode()


def _read(record: bytes) -> dict[str, Any]:
    value = json.loads(record)
    if not isinstance(value, dict) or not isinstance(value.get("SessionState"), dict):
        raise ValueError("no session record")  # noqa: TRY004 - callers expect one exception for every format error
    return value
