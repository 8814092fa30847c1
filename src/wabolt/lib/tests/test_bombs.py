"""Hostile documents are refused with one code, and the process that asked stays small."""

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from wabolt.lib.tables import Limits, TableError, open_table
from wabolt.lib.tests.workbook_files import cfb, ods

GROWTH = 16 * 1024
"""Kilobytes by which a hostile file may raise the peak of the process that opens it."""
LIMITS = Limits(memory=400 * 1024**2, seconds=20, unpacked=200_000_000)
PARTS: dict[str, str | bytes] = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        '<sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" '
        'Target="sharedStrings.xml"/></Relationships>'
    ),
}
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def zipped(members: dict[str, str | bytes], repeat: dict[str, tuple[bytes, int]] | None = None) -> bytes:
    """Returns a ZIP. A member of `repeat` contains so many copies of a piece, which is compressed once."""
    file, repeated = io.BytesIO(), []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        for name, (piece, count) in (repeat or {}).items():
            packer = zlib.compressobj(1, zlib.DEFLATED, -15)
            packed = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
            member = zipfile.ZipInfo(name)
            archive.writestr(member, packed * count + packer.flush())
            member.compress_type, member.file_size, member.CRC = zipfile.ZIP_DEFLATED, len(piece) * count, 0
            for _ in range(count):
                member.CRC = zlib.crc32(piece, member.CRC)
            repeated.append(member)
    data = bytearray(file.getvalue())
    for member in repeated:  # what was written as stored is compressed (APPNOTE.TXT, section 4.3.7)
        struct.pack_into("<H", data, member.header_offset + 8, member.compress_type)
        sizes = member.CRC, member.compress_size, member.file_size
        struct.pack_into("<III", data, member.header_offset + 14, *sizes)
    return bytes(data)


def mimetype_bomb() -> bytes:
    """Returns an ODS whose `mimetype` member alone is 150 MB. An earlier version read it before its size was
    checked."""
    return zipped({"content.xml": "<x/>"}, {"mimetype": (b"a" * 1024**2, 150)})


def huge_shared_strings() -> bytes:
    row = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    cell = b"<si><t>" + b"x" * 1000 + b"</t></si>"
    piece = cell * 1000
    head = {**PARTS, "xl/worksheets/sheet1.xml": SHEET.format(row)}
    opening = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return zipped(head, {"xl/sharedStrings.xml": (opening + piece, 150)})


def wide_sheet() -> bytes:
    cells = "".join(f'<c t="inlineStr" r="{column}1"><is><t>x</t></is></c>' for column in ("A", "XFD"))
    return zipped({**PARTS, "xl/worksheets/sheet1.xml": SHEET.format(f'<row r="1">{cells}</row>')})


def sparse_sheet() -> bytes:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="ALL1048576"><v>1</v></c></row>'
    return zipped({**PARTS, "xl/worksheets/sheet1.xml": SHEET.format(rows)})


def entity_bomb(where: str) -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    declared = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{levels}]>'
    body = {**PARTS, "xl/worksheets/sheet1.xml": SHEET.format('<row r="1"><c r="A1"><v>1</v></c></row>')}
    if where == "workbook":
        body["xl/workbook.xml"] = declared + str(PARTS["xl/workbook.xml"]).replace('"Data"', '"&l11;"')
    elif where == "sheet":
        cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&l11;</t></is></c></row>'
        body["xl/worksheets/sheet1.xml"] = declared + SHEET.format(cell)
    return zipped(body)


def xml_bomb() -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return (
        f'<?xml version="1.0"?><!DOCTYPE Workbook [<!ENTITY l0 "lol">{levels}]>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table><Row><Cell>'
        "<Data>&l11;</Data></Cell></Row></Table></Worksheet></Workbook>"
    ).encode()


def nested_archive() -> bytes:
    inner = zipped({}, {"0": (bytes(1024**2), 100)})
    with zipfile.ZipFile(io.BytesIO(inner)) as archive:
        assert len(archive.read("0")) == 100 * 1024**2
    for level in range(5):
        inner = zipped({f"{level}.zip": inner})
    return inner


def many_members() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"xl/{number}", b"")
    return file.getvalue()


def deep_html() -> bytes:
    return b"<table>" + b"<tr><td>" * 50_000 + b"x"


BOMBS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "mimetype of 150 MB": (mimetype_bomb, {"damaged", "too_heavy"}),
    "shared strings of 150 MB": (huge_shared_strings, {"too_heavy", "damaged"}),
    "16,384 columns": (wide_sheet, {"too_many_columns"}),
    "a million rows, all but two empty": (sparse_sheet, {"too_heavy"}),
    "entities in the workbook": (lambda: entity_bomb("workbook"), {"damaged", "too_heavy", "empty"}),
    "entities in XML of 2003": (xml_bomb, {"damaged"}),
    "archive in an archive": (nested_archive, {"not_a_table"}),
    "20,000 members": (many_members, {"not_a_table"}),
    "50,000 nested rows": (deep_html, {"not_a_table", "too_heavy"}),
    "repeated cells": (lambda: ods([["a"]] * 3000, repeat=200_000_000), {"too_heavy", "too_many_columns", "damaged"}),
    "a container of noise": (lambda: cfb({"Workbook": bytes(range(256)) * 150}), {"damaged", "empty"}),
}


PROGRAM = """
import resource, sys
from wabolt.lib.tables import Limits, TableError, open_table
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[1:]:
    try:
        open_table(path, limits=Limits(memory=400 * 1024**2, seconds=20, unpacked=200_000_000)).close()
        code = ""
    except TableError as refused:
        code = refused.code
    print(code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_hostile_documents_are_refused_and_the_process_that_asked_does_not_grow(tmp_path: Path) -> None:
    """Measured in a fresh process, whose peak is not hidden by earlier tests. It opens one bomb after the other."""
    paths = []
    for number, (make, _codes) in enumerate(BOMBS.values()):
        paths.append(tmp_path / f"bomb{number}.xlsx")
        paths[-1].write_bytes(make())
        assert paths[-1].stat().st_size < 8_000_000
    done = subprocess.run([sys.executable, "-c", PROGRAM, *paths], capture_output=True, text=True, check=True)
    ends = dict(zip(BOMBS, done.stdout.splitlines(), strict=True))
    wrong = {
        name: end
        for name, end in ends.items()
        if (parts := end.rsplit(" ", 1))[0] not in BOMBS[name][1] or int(parts[1]) >= GROWTH
    }
    assert wrong == {}


def test_entities_in_a_sheet_are_never_expanded() -> None:
    """The reader of workbooks knows no entities: the cell is refused or read literally."""
    with suppress(TableError), open_table(io.BytesIO(entity_bomb("sheet")), limits=LIMITS) as table:
        assert all(len(cell) < 100 for _number, row in table.rows() for cell in row)


def test_a_large_honest_workbook_still_opens() -> None:
    cells = ("Nama", "No HP", "Kota"), *((f"Pelanggan {n}", f"0812{n:08d}", "Bandung") for n in range(60_000))
    texts = ("".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) for row in cells)
    rows = "".join(f"<row>{text}</row>" for text in texts)
    book = zipped({**PARTS, "xl/worksheets/sheet1.xml": SHEET.format(rows)})
    with open_table(io.BytesIO(book)) as table:
        assert sum(1 for _row in table.rows()) == 60_000
