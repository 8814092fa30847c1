"""What becomes of a file that somebody sent us: what it may count as, and when it is asked for again. Pure."""

from datetime import timedelta
from typing import NamedTuple

from wabolt.media.rules import recognise, tidy_name

_TRIES = (
    *(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600)),
    *(timedelta(hours=hours) for hours in (1, 3, 6, 12)),
    *(timedelta(days=1),) * 6,
)
"""Pauses between tries. About a week in all: WhatsApp keeps a file for some weeks, and nobody waits longer."""
OPAQUE = "application/octet-stream"
"""What no browser acts on by itself: bytes that are not known to be harmless are handed over as a file."""
_HARMLESS = {
    "csv",
    "txt",
    "zip",
    "rar",
    "7z",
    "doc",
    "xls",
    "ppt",
    "rtf",
    "odt",
    "ods",
    "vcf",
    "ics",
    "heic",
    "mov",
    "ai",
}
"""Endings that a file of an unknown kind may keep; any other one is taken from it, whatever it would start."""

SIGNS = ("📷", "🎬", "🎤", "📄", "🏷️")
"""What providers put before the caption of a file, for wherever only words are shown."""


class Found(NamedTuple):
    """What bytes are. `kind` is a `MediaFile.Kind`; a picture is not one before it was opened."""

    kind: str
    mime_type: str
    extension: str


def next_try(tries: int) -> timedelta | None:
    """How long to wait after so many tries that came to nothing; None: it is given up."""
    return _TRIES[tries - 1] if 1 <= tries <= len(_TRIES) else None


def caption(text: str, name: str = "") -> str:
    """What somebody wrote under a file that is shown: without the sign of its kind, and without its mere name."""
    sign, _, words = text.partition(" ")
    words = words.strip() if sign in SIGNS else text
    return "" if name and words == name else words


def identify(data: bytes, claimed: str) -> Found:
    """What these bytes are; `claimed`, the kind that the sender gave, only says whether a picture is a sticker."""
    known = recognise(data)
    if known is not None and known.kind == "image":
        return Found("sticker" if claimed == "sticker" else "image", known.mime_type, known.extension)
    if known is not None and known.why == "gif":
        return Found("image", known.mime_type, known.extension)
    if known is not None and known.why == "video":
        sound = data[8:11] == b"M4A"
        return Found("audio", "audio/mp4", "m4a") if sound else Found("video", "video/mp4", "mp4")
    if known is not None and known.why == "heic":
        return Found("document", OPAQUE, known.extension)
    if data.startswith(b"OggS"):
        return Found("audio", "audio/ogg", "ogg")
    if data.startswith(b"#!AMR"):
        return Found("audio", "audio/amr", "amr")
    if data.startswith(b"ID3"):
        return Found("audio", "audio/mpeg", "mp3")
    if known is not None:
        return Found("document", known.mime_type, known.extension)
    return Found("document", OPAQUE, "")


def safe_name(name: str, found: Found) -> str:
    """What the file may be called: ending as its bytes say, or as it was called where that ending does no harm."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return tidy_name(name, found.extension or (ending if ending in _HARMLESS else "bin"))
