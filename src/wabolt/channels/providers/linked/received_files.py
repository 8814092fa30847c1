"""Files of incoming messages. Pure; the child downloads them (`downloads`)."""

from collections.abc import Mapping
from typing import Any, Literal

from wabolt.channels.registry.events import IncomingMedia

PARTS: dict[str, Literal["image", "video", "audio", "document", "sticker"]] = {
    "imageMessage": "image",
    "videoMessage": "video",
    "ptvMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "stickerMessage": "sticker",
}


def media_of(body: Mapping[str, Any]) -> IncomingMedia | None:
    """Returns the file of an unwrapped message if it can be downloaded."""
    for name, kind in PARTS.items():
        part = body.get(name)
        if isinstance(part, Mapping):
            keys = ("directPath", "mediaKey", "fileSHA256", "fileEncSHA256")
            path, key, sha, enc_sha = (str(part.get(one, "")) for one in keys)
            if not (path.startswith("/") and key and sha and enc_sha):
                return None
            length = str(part.get("fileLength", ""))
            size = int(length) if length.isdecimal() and len(length) < 16 else None
            reference = {"kind": kind, "path": path, "key": key, "sha": sha, "enc_sha": enc_sha, "size": size}
            title = str(part.get("fileName") or part.get("title") or "")
            return IncomingMedia(kind, str(part.get("mimetype", ""))[:100], size, title[:200], reference)
    return None
