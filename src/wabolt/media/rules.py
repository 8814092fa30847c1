"""Detection of file types by their bytes alone, and safe file names. The name and the browser's MIME type are ignored.

Only types that an owner may send have a name. All others are `None` and are refused.
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
"""{MIME type: file ending} of Word, Excel and PowerPoint documents."""
SENDABLE = {"image/jpeg", "application/pdf", *OFFICE}
"""The MIME types of files that are stored to be sent."""


@dataclass(frozen=True, slots=True)
class FileType:
    """`kind`: a `MediaFile.Kind`; "" for a known type that cannot be sent, and then `why` is the reason."""

    kind: str
    mime_type: str
    extension: str
    why: str = ""


JPEG = FileType("image", "image/jpeg", "jpg")
PNG = FileType("image", "image/png", "png")
WEBP = FileType("image", "image/webp", "webp")
PDF = FileType("document", "application/pdf", "pdf")
ARCHIVE = FileType("", "application/zip", "zip", "archive")
"""The members of an archive by which `office_type` decides."""
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"}


def recognise(data: bytes) -> FileType | None:
    """The type of these bytes, None if unknown. Never raises."""
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
    """The Office document that an archive with these members is, or None."""
    if "[Content_Types].xml" not in names:
        return None
    for part, (mime_type, extension) in _OFFICE_PARTS.items():
        if part in names:
            if any(name.endswith("vbaProject.bin") for name in names):
                return FileType("", mime_type, extension, "macros")
            return FileType("document", mime_type, extension)
    return None


def tidy_name(name: str, extension: str) -> str:
    """The last part of a path, without invisible characters and text direction marks, with the ending of the detected
    type; "" if nothing is left."""
    last = name.replace("\\", "/").rpartition("/")[2]
    last = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C").strip(" .")
    stem, dot, ending = last.rpartition(".")
    if not dot or len(ending) > 5 or not ending.isalnum():
        stem = last
    stem = " ".join(stem.split())[:MAX_NAME].strip(" .")
    return f"{stem}.{extension}" if stem else ""


OPAQUE = "application/octet-stream"
"""A type that browsers only download: used for bytes that are not known to be harmless."""
_HARMLESS = frozenset(
    ("ai", "csv", "doc", "heic", "ics", "mov", "odt", "ods", "ppt", "rar", "rtf", "txt", "vcf", "xls", "zip", "7z")
)
"""File endings that a file of an unknown type may keep. Any other ending is removed."""


class Found(NamedTuple):
    """The type of a file from outside. `kind`: a `MediaFile.Kind`; bytes count as a picture only after they were
    decoded."""

    kind: str
    mime_type: str
    extension: str


def identify(data: bytes, claimed: str, known: FileType | None) -> Found:
    """The type of a file from outside. `known`: the result of `services.file_type`. `claimed`: the kind that the sender
    gave, which only decides whether a picture is a sticker."""
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


def safe_name(name: str, examined: Found) -> str:
    """A safe name for the file: with the ending of its type, or with its own ending if that is harmless."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return tidy_name(name, examined.extension or (ending if ending in _HARMLESS else "bin"))
