"""Converts vCards (2.1, 3.0, 4.0: address books of Android, iPhone, Outlook) to CSV, one row per person."""

import base64
import codecs
import io
import quopri
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from wabolt.lib.workers.sheets import write_rows

HEADER = ("Nama", "No HP", "Email", "Perusahaan", "Kota", "Tanggal Lahir", "Jenis Kelamin", "Label", "Catatan")
_PLACES = {name: place for place, name in enumerate(HEADER)}
_LONGEST = 64 * 1024
"""Maximum number of characters of a property. Longer ones are photos and keys."""
_PARTS = re.compile(r"(?<!\\);")
_ESCAPE = re.compile(r"\\(.)")
_SEVERAL = " / "
_GOOGLE_GROUPS = frozenset(["mycontacts", "starred"])
Property = tuple[str, dict[str, str], str]


def run(options: dict[str, Any], source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Options as in `workbooks`. Facts: `kind`, `sheet` and `sheets` (none)."""
    if options["task"] == "heads":
        return {"heads": {}}, b""
    with open(options["path"], "rb") as file:  # noqa: PTH123
        cards = list(_cards(_unfolded(_lines(file))))
    if not cards:
        return {"error": "empty"}, b""
    used = [place for place in range(len(HEADER)) if place < 2 or any(card[place] for card in cards)]
    rows = ([card[place] for place in used] for card in (list(HEADER), *cards))
    return {**write_rows(options["target"], rows, len(HEADER)), "kind": "vcard", "sheet": "", "sheets": []}, b""


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yields the lines of a file with any line ends, in UTF-8 if the file is in UTF-16. Other encodings stay: each
    property may have its own."""
    start = file.read(4)
    file.seek(0)
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    file.seek(len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0)
    for line in io.TextIOWrapper(file, "utf-16" if wide else "latin-1", "replace"):
        yield line.encode("utf-8" if wide else "latin-1", "replace")


def _unfolded(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Yields unfolded lines. A line that begins with a blank continues the previous one; so does quoted-printable text
    after a line that ends with "="."""
    line, quoted = b"", False
    for raw in lines:
        piece = raw.rstrip(b"\r\n")
        if piece[:1] in {b" ", b"\t"} and not quoted:
            line += piece[1:] if len(line) < _LONGEST else b""
        elif quoted:
            indented = piece.lstrip()  # a blank before an encoded character is an indentation
            line = line[:-1] + (indented if indented[:1] == b"=" else piece) if len(line) < _LONGEST else line
        else:
            if line:
                yield line
            line = piece
        quoted = line.endswith(b"=") and b"QUOTED-PRINTABLE" in line.partition(b":")[0].upper()
    if line:
        yield line


def _cards(lines: Iterator[bytes]) -> Iterator[list[str]]:
    """Yields the cells of every card with a name or a number. A card inside another one (an agent) is skipped, and a
    card without an end ends where the next one begins."""
    depth, card = 0, list[Property]()
    for line in lines:
        name, parameters, value = _property(line)
        if name == "BEGIN" and value.upper() == "VCARD":
            is_agent = depth > 1 or (depth == 1 and bool(card) and card[-1][0] == "AGENT")
            if depth and not is_agent and any(cells := _cells(card)):
                yield cells
            depth, card = (depth + 1, card) if is_agent else (1, [])
        elif name == "END" and value.upper() == "VCARD":
            depth = max(0, depth - 1)
            if depth == 0 and any(cells := _cells(card)):
                yield cells
                card = []
        elif depth == 1:
            card.append((name, parameters, value))
    if depth and any(cells := _cells(card)):  # the file was truncated
        yield cells


def _property(line: bytes) -> Property:
    """Returns ("TEL", {"TYPE": "cell,pref"}, value). A group before the name (item1.TEL) is dropped."""
    head, _sign, raw = line.partition(b":")
    name, *rest = head.decode("utf-8", "replace").split(";")
    parameters: dict[str, str] = {}
    for part in rest:
        key, sign, parameter = part.partition("=")
        key, parameter = (key.upper(), parameter.strip('"')) if sign else ("TYPE", key)  # vCard 2.1 writes TEL;CELL
        if parameter.upper() in {"QUOTED-PRINTABLE", "BASE64"}:
            key = "ENCODING"
        parameters[key] = f"{parameters[key]},{parameter}" if key in parameters else parameter
    encoding = parameters.get("ENCODING", "").upper()
    if encoding == "QUOTED-PRINTABLE":
        raw = quopri.decodestring(raw)
    elif encoding in {"BASE64", "B"}:
        raw = _from_base64(raw)
    charset = parameters.get("CHARSET", "utf-8")
    try:
        value = raw.decode(charset)
    except (LookupError, UnicodeDecodeError):
        value = raw.decode("cp1252", "replace")
    return name.rpartition(".")[2].upper(), parameters, value[:_LONGEST].strip()


def _from_base64(raw: bytes) -> bytes:
    """Returns the bytes of a short text; none for a picture or a damaged property."""
    if len(raw) > 4096:
        return b""
    try:
        return base64.b64decode(raw + b"==", validate=False)
    except ValueError:
        return b""


def _cells(card: list[Property]) -> list[str]:
    """Returns the cells of one card in the order of HEADER. The first value of a repeated property counts, but all
    phone numbers are kept, mobile numbers first."""
    cells = [""] * len(HEADER)
    phones: list[tuple[int, str]] = []
    names = ["", "", ""]
    for name, parameters, value in card:
        if name == "TEL":
            phones.append((_rank(parameters), _plain(value).removeprefix("tel:")))
        elif name == "N":
            parts = _parts(value)
            names[0] = " ".join(filter(None, (*parts[1:3], *parts[:1])))
        elif name in {"ORG", "NICKNAME"}:
            names[1 if name == "ORG" else 2] = " ".join(filter(None, _parts(value)))
        if name in _READ:
            column, read = _READ[name]
            cells[_PLACES[column]] = cells[_PLACES[column]] or read(value)
    cells[_PLACES["Nama"]] = cells[_PLACES["Nama"]] or next(filter(None, names), "")
    ordered = dict.fromkeys(number for _rank, number in sorted(phones, key=lambda found: found[0]) if number)
    cells[_PLACES["No HP"]] = _SEVERAL.join(ordered)
    return cells


def _rank(parameters: dict[str, str]) -> int:
    """Ranks mobile numbers first and faxes last, a preferred number before the others of its kind."""
    types = f"{parameters.get('TYPE', '')},{parameters.get('PREF', '')}".lower()
    kind = 0 if "cell" in types or "iphone" in types else 8 if "fax" in types or "pager" in types else 4
    return kind - 1 if "pref" in types or parameters.get("PREF") else kind


def _plain(value: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _parts(value: str) -> list[str]:
    """Returns the components of a structured value: family name; given name; ..."""
    return [_plain(part) for part in _PARTS.split(value)]


def _city(value: str) -> str:
    parts = _parts(value)
    return parts[3] if len(parts) > 3 else ""


def _labels(value: str) -> str:
    """Returns the labels without the groups that Google gives to all contacts."""
    return ",".join(name for name in _plain(value).split(",") if name.strip().lower() not in _GOOGLE_GROUPS)


def _birthday(value: str) -> str:
    """Returns the date as it is written, without a time of day. The year may be omitted: --0214."""
    return _plain(value).split("T")[0]


_READ: dict[str, tuple[str, Callable[[str], str]]] = {
    "FN": ("Nama", _plain),
    "EMAIL": ("Email", _plain),
    "ORG": ("Perusahaan", lambda value: " ".join(filter(None, _parts(value)))),
    "ADR": ("Kota", _city),
    "BDAY": ("Tanggal Lahir", _birthday),
    "GENDER": ("Jenis Kelamin", lambda value: {"M": "L", "F": "P"}.get(value[:1].upper(), "")),
    "CATEGORIES": ("Label", _labels),
    "NOTE": ("Catatan", _plain),
}
