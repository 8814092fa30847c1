"""What a file is, by its bytes alone, and what it may be called. Its name and what a browser says of it count nothing.

Only what an owner may send is known by name; whatever else there is in the world is `None`, so a kind that nobody has
thought of is refused and not passed on.
"""

import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO

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
_END_OF_ZIP = b"PK\x05\x06"
_MAX_DIRECTORY = 2 * 1024 * 1024
"""Bytes of a ZIP's table of contents: a document's is a few kilobytes, and a larger one is meant to fill memory."""


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
        return _office(data)
    return None


def _office(data: bytes) -> FileType | None:
    """A document of Word, Excel or PowerPoint, by the parts that its table of contents names; nothing is unpacked."""
    end = data.rfind(_END_OF_ZIP)
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if end < 0 or size > _MAX_DIRECTORY:
        return None
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError):
        return None
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
