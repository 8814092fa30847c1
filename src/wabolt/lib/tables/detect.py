"""Detects the kind of a file from its first bytes, and the encoding of its text."""

import codecs
import re
from typing import BinaryIO

from wabolt.lib.tables.model import Limits, TableError

HEAD = 96 * 1024
"""Number of bytes that are read to detect the kind of a file, its delimiter and its header."""
_CHUNK = 256 * 1024

_MAGIC = {
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"%PDF": "pdf",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
    b"\xfd7zXZ": "xz",
    b"RIFF": "media",
    b"ID3": "media",
    b"OggS": "media",
    b"SQLite format 3": "database",
    b"\x7fELF": "program",
    b"{\\rtf": "word",
}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HTML = re.compile(
    rb"\s*(?:<!--(?>.*?-->)\s*)*(?:<\?xml[^>]*>\s*)?<!?(?:doctype html|html|head|body|table|meta|style|div|script)",
    re.IGNORECASE | re.DOTALL,
)
"""The end of a comment is tried once: else many comments could be divided in exponentially many ways."""
_VCARD = re.compile(rb"\s*BEGIN:VCARD", re.IGNORECASE)
_SPREADSHEETML = b"urn:schemas-microsoft-com:office:spreadsheet"
_XML = re.compile(rb"\s*<\?xml|\s*<[a-zA-Z:]+[^>]*xmlns")
_MHTML = re.compile(rb"MIME-Version:", re.IGNORECASE)
_JSON = re.compile(rb"\s*[\[{]\s*[\"\[{]")
_CONTROL = bytes({*range(0x20)} - {*b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f"})

MIXED = "wabolt.tables.cp1252"
"""An error handler for decoding. Bytes that are not UTF-8 are read as Windows-1252, so one file may contain both."""


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(MIXED, _as_cp1252)


def sniff_kind(head: bytes) -> str:
    """Returns "text", "zip", "cfb" (the container of old Excel and of protected files), "vcard", "html" or
    "spreadsheetml" (the XML of Excel 2003). Raises `TableError`."""
    if not head:
        raise TableError("empty")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "cfb"
    for magic, found in _MAGIC.items():
        if head.startswith(magic):
            raise TableError("not_a_table", found=found)
    start = head[:4096].removeprefix(codecs.BOM_UTF8)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start.decode("utf-16", "ignore").encode()
    return _kind_of_text(start)


def _kind_of_text(start: bytes) -> str:
    if _XML.match(start) and _SPREADSHEETML in start:
        return "spreadsheetml"
    for pattern, kind in ((_VCARD, "vcard"), (_HTML, "html")):
        if pattern.match(start):
            return kind
    for pattern, found in ((_XML, "xml"), (_JSON, "json"), (_MHTML, "web_archive")):
        if pattern.match(start):
            raise TableError("not_a_table", found=found)
    return "text"


def sniff_encoding(head: bytes) -> str:
    """Returns the encoding that the first bytes declare or suggest; "utf-8" until `scan_text` has read the whole
    file."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if len(head) >= 4 and head.count(0) > len(head) // 5:
        odd, even = head[1::2].count(0), head[::2].count(0)
        if min(odd, even) * 20 < max(odd, even):
            return "utf-16-le" if odd > even else "utf-16-be"
    if sum(head.count(byte) for byte in _CONTROL) > len(head) // 200:
        raise TableError("not_a_table", found="binary")
    return "utf-8"


def scan_text(file: BinaryIO, encoding: str, limits: Limits) -> str:
    """Reads the file once, in bounded memory, and returns its encoding.

    Raises `TableError` for content that would stop a reader in the middle: NUL bytes, an endless line.
    """
    file.seek(0)
    wide = encoding.startswith(("utf-16", "utf-32"))
    decoder = codecs.getincrementaldecoder(encoding)("replace" if wide else "strict")
    line, run, before = 1, 0, b""
    while chunk := file.read(_CHUNK):
        nul = "\0" in decoder.decode(chunk) if wide else b"\0" in chunk
        if nul:
            at = 0 if wide else chunk.index(b"\0")
            raise TableError("nul_bytes", row=line + chunk[:at].count(b"\n"))
        newline = b"\n" if b"\n" in chunk else b"\r"
        first = chunk.find(newline)
        run += first if first >= 0 else len(chunk)
        before = (before + chunk[: first if first >= 0 else None])[: limits.max_line]
        if run > limits.max_line:
            _refuse_long_line(before, line, limits)
        if first >= 0:
            last = chunk.rfind(newline) + 1
            run, before = len(chunk) - last, chunk[last:]
        line += chunk.count(b"\n")
        if encoding in {"utf-8", "utf-8-sig"}:
            encoding = _still(encoding, decoder, chunk)
    if encoding in {"utf-8", "utf-8-sig"}:
        encoding = _still(encoding, decoder, b"", final=True)
    return encoding


def _still(encoding: str, decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> str:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return "cp1252"
    return encoding


def _refuse_long_line(start: bytes, line: int, limits: Limits) -> None:
    if max(start.count(sign) for sign in (b";", b",", b"\t", b"|")) >= limits.max_columns:
        raise TableError("too_many_columns", limit=limits.max_columns)
    raise TableError("cell_too_large", row=line)
