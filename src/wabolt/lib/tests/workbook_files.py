"""Workbooks for tests, built byte by byte where no library writes them."""

import io
import struct
import zipfile
from collections.abc import Sequence
from datetime import date, datetime

from openpyxl import Workbook

_SECTOR = 512


def xlsx(rows: Sequence[Sequence[object]], title: str = "Data") -> bytes:
    """An XLSX file with one sheet."""
    book = Workbook(write_only=True)
    page = book.create_sheet(title)
    for row in rows:
        page.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cfb(streams: dict[str, bytes]) -> bytes:
    """A compound file (the container of XLS and of protected files) with streams of 4096 bytes and more."""
    contents = {
        name: data.ljust(max(4096, -(-len(data) // _SECTOR) * _SECTOR), b"\0") for name, data in streams.items()
    }
    chains, fat, first = {}, [0xFFFFFFFD, 0xFFFFFFFE], 2
    for name, data in contents.items():
        count = len(data) // _SECTOR
        chains[name] = (first, len(data))
        fat += [*range(first + 1, first + count), 0xFFFFFFFE]
        first += count
    assert len(fat) <= _SECTOR // 4
    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    entries += [
        _entry(name, 2, *chains[name], right=place + 2 if place + 1 < len(contents) else 0xFFFFFFFF)
        for place, name in enumerate(contents)
    ]
    directory = b"".join(entries).ljust(_SECTOR, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header += bytes(6) + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0).ljust(109 * 4, b"\xff")
    table = b"".join(struct.pack("<I", value) for value in fat).ljust(_SECTOR, b"\xff")
    return header + table + directory + b"".join(contents.values())


def _entry(name: str, kind: int, first: int, size: int, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    return (
        written.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(written), kind, 1, 0xFFFFFFFF, right, child)
        + bytes(36)
        + struct.pack("<IQ", first, size)
    )


def xls(rows: Sequence[Sequence[str | float]]) -> bytes:
    """An XLS file (BIFF8) with one sheet of texts and numbers."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def text(value: str) -> bytes:
        written = value.encode("utf-16-le")
        return struct.pack("<HB", len(written) // 2, 1) + written

    begin, end = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6)), record(0x0A, b"")
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6))
    sheet += record(0x200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", number, column, 0)
            if isinstance(value, str):
                sheet += record(0x204, place + text(value))
            else:
                sheet += record(0x203, place + struct.pack("<d", value))
    sheet += end
    name = struct.pack("<BB", 4, 0) + b"Data"
    offset = len(begin) + 4 + 6 + len(name) + len(end)
    book = begin + record(0x85, struct.pack("<IBB", offset, 0, 0) + name) + end + sheet
    return cfb({"Workbook": book})


def ods(rows: Sequence[Sequence[str | float | date]], repeat: int = 1) -> bytes:
    """An ODS file with one sheet; `repeat` is how often each cell says that it is repeated."""

    def cell(value: str | float | date) -> str:
        often = f' table:number-columns-repeated="{repeat}"' if repeat > 1 else ""
        if isinstance(value, date):
            moment = value.isoformat() if isinstance(value, datetime) else f"{value.isoformat()}T00:00:00"
            return f'<table:table-cell office:value-type="date" office:date-value="{moment}"{often}/>'
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"{often}><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"{often}/>'

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Data">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return file.getvalue()
