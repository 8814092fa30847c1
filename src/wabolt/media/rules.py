"""What a file is, by its bytes alone, and what it may be called. Its name and what a browser says of it count nothing.

Only what an owner may send is known by name; whatever else there is in the world is `None`, so a kind that nobody has
thought of is refused and not passed on.
"""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

MAX_NAME = 120
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OFFICE_PARTS = {
    "word/document.xml": (f"{_OFFICE}wordprocessingml.document", "docx"),
    "xl/workbook.xml": (f"{_OFFICE}spreadsheetml.sheet", "xlsx"),
    "ppt/presentation.xml": (f"{_OFFICE}presentationml.presentation", "pptx"),
}
OFFICE = dict(_OFFICE_PARTS.values())
"""{MIME type: ending} of the documents of Word, Excel and PowerPoint."""
SENDABLE = {"image/jpeg", "application/pdf", *OFFICE}
"""What a file is once it was stored to be sent."""


@dataclass(frozen=True, slots=True)
class FileType:
    """`kind` is a `MediaFile.Kind`; "" for what is known and still cannot be sent, `why` says the reason in a word."""

    kind: str
    mime_type: str
    extension: str
    why: str = ""


JPEG = FileType("image", "image/jpeg", "jpg")
PNG = FileType("image", "image/png", "png")
WEBP = FileType("image", "image/webp", "webp")
PDF = FileType("document", "application/pdf", "pdf")
ARCHIVE = FileType("", "application/zip", "zip", "archive")
"""What `office_type` decides by the names in it."""
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"}


def recognise(data: bytes) -> FileType | None:
    """What these bytes are, or None for what is not known. Never raises."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    if data.startswith(b"%PDF-"):
        whole = b"%%EOF" in data[-4096:]
        return PDF if whole else FileType("", "application/pdf", "pdf", "broken")
    if data[4:8] == b"ftyp":
        if data[8:12] in _HEIC_BRANDS:
            return FileType("", "image/heic", "heic", "heic")
        return FileType("", "video/mp4", "mp4", "video")
    if data.startswith((b"GIF87a", b"GIF89a")):
        return FileType("", "image/gif", "gif", "gif")
    if data.startswith(b"PK\x03\x04"):
        return ARCHIVE
    return None


def office_type(names: Collection[str]) -> FileType | None:
    """The document of Word, Excel or PowerPoint that an archive with these members is, or None."""
    if "[Content_Types].xml" not in names:
        return None
    for part, (mime_type, extension) in _OFFICE_PARTS.items():
        if part in names:
            if any(name.endswith("vbaProject.bin") for name in names):
                return FileType("", mime_type, extension, "macros")
            return FileType("document", mime_type, extension)
    return None


def tidy_name(name: str, extension: str) -> str:
    """The last part of a path, without signs that are invisible or turn the line around, ending as the bytes say.
    "" when nothing is left of it."""
    last = name.replace("\\", "/").rpartition("/")[2]
    last = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip(" .")
    stem, dot, ending = last.rpartition(".")
    if not dot or len(ending) > 5 or not ending.isalnum():
        stem = last
    stem = " ".join(stem.split())[:MAX_NAME].strip(" .")
    return f"{stem}.{extension}" if stem else ""


OPAQUE = "application/octet-stream"
"""What no browser acts on by itself: bytes that are not known to be harmless are handed over as a file."""
_HARMLESS = frozenset(
    ("ai", "csv", "doc", "heic", "ics", "mov", "odt", "ods", "ppt", "rar", "rtf", "txt", "vcf", "xls", "zip", "7z")
)
"""Endings that a file of an unknown kind may keep; any other one is taken from it, whatever it would start."""


class Found(NamedTuple):
    """What bytes are. `kind` is a `MediaFile.Kind`; a picture is not one before it was opened."""

    kind: str
    mime_type: str
    extension: str


def identify(data: bytes, claimed: str, known: FileType | None) -> Found:
    """What these bytes are. `known`: what `services.file_type` says; `claimed`: the kind that the sender gave, which
    only says whether a picture is a sticker."""
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
