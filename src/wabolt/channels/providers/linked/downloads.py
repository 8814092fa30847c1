"""Downloads received files in the child.

The download uses WhatsApp's media hosts and a path. The full URL in a message is chosen by its sender and is never
used.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

GONE = (
    *(f"download failed with status code {code}" for code in (401, 403, 404, 410)),
    "file length",
    "invalid media hmac",
    "hash of media ciphertext",
    "hash of media plaintext",
    "file too short",
    "failed to decrypt file",
)
"""Library errors after which a retry cannot succeed: the file is expired or broken."""


async def download(client: Any, reference: Mapping[str, Any], max_bytes: int) -> dict[str, Any]:
    """Returns the answer to a fetch: `bytes`, `expired` or `too_big`. Other errors of the library are raised."""
    from neonize.utils.enum import MediaType

    kinds = {"video": MediaType.MediaVideo, "audio": MediaType.MediaAudio, "document": MediaType.MediaDocument}
    kind = kinds.get(reference["kind"], MediaType.MediaImage)
    path, size = str(reference["path"]), reference.get("size")
    if isinstance(size, int) and size > max_bytes:
        return {"too_big": size}
    if not path.startswith("/"):  # otherwise it could name another host
        return {"expired": "no path"}
    try:
        key, sha, enc_sha = (base64.b64decode(reference[name], validate=True) for name in ("key", "sha", "enc_sha"))
    except binascii.Error:
        return {"expired": "no key"}
    length = size if isinstance(size, int) else -1
    try:
        data: bytes = await client.download_media_with_path(path, enc_sha, sha, key, length, kind, kind.to_mms())
    except Exception as error:
        error_text = str(error)
        if any(words in error_text.lower() for words in GONE):
            return {"expired": error_text[:200]}
        raise
    return {"too_big": len(data)} if len(data) > max_bytes else {"bytes": data}
