"""Converts a table in an HTML page or in the XML of Excel 2003 to CSV. Both are often named .xls."""

import re
from html.parser import HTMLParser
from typing import Any, BinaryIO
from xml.parsers import expat

from wabolt.lib.workers.sheets import take_sheet

_META = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)|<\?xml[^>]+encoding=[\"']([\w-]+)", re.IGNORECASE)
_MAX_SPAN = 200
_FED, _LONGEST = 1 << 16, 1 << 18
"""Characters that the parser gets at once, and that a tag or comment may have. The parser searches for the end of each
open comment up to the end of the file: 4 MB of `<!--` take minutes."""
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)T00:00:00(?:\.0+)?")
Table = list[list[str]]


def run(options: dict[str, Any], source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Options as in `workbooks`, and `format`: "html" or "spreadsheetml". Facts as in `workbooks`."""
    with open(options["path"], "rb") as file:  # noqa: PTH123
        data = file.read()
    if options["format"] == "html":
        tables = _html_tables(data)
        if not tables:
            return {"error": "not_a_table", "found": "html"}, b""
    else:
        try:
            tables = _worksheets(data)
        except expat.ExpatError:
            return {"error": "damaged"}, b""
    facts = take_sheet(list(tables), tables.__getitem__, options)
    return (facts if "error" in facts else {"kind": "html" if options["format"] == "html" else "xml", **facts}), b""


def _html_tables(data: bytes) -> dict[str, Table]:
    """Returns the tables of a page with at least two rows and two columns, the largest one first, by their number."""
    reader, text = _HtmlTables(), _decoded(data)
    for start in range(0, len(text), _FED):
        reader.feed(text[start : start + _FED])
        if len(reader.rawdata) > _LONGEST and not reader.cdata_elem:  # styles may be long
            return {}
    reader.close()
    tables = [table for table in reader.tables if len(table) > 1 and max(map(len, table)) > 1]
    tables.sort(key=lambda table: -sum(map(len, table)))
    return {str(number): table for number, table in enumerate(tables, 1)}


def _decoded(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    declared = _META.search(data[:4096])
    name = (declared[1] or declared[2]).decode() if declared else "utf-8"
    try:
        return data.decode(name)
    except (LookupError, UnicodeDecodeError):
        return data.decode("cp1252", "replace")


class _HtmlTables(HTMLParser):
    """Collects the cells of every table, nested ones too."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self._open: list[Table] = []
        self._spanned: list[dict[int, int]] = []
        """Per open table {column: further rows that a cell above covers}."""
        self._cell: list[str] | None = None
        self._span, self._down, self._skip = 1, 1, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"style", "script"}:
            self._skip += 1
        elif tag == "table":
            self._end_cell()
            self._open.append([])
            self._spanned.append({})
        elif tag == "tr" and self._open:
            self._end_cell()
            self._start_row()
        elif tag in {"td", "th"} and self._open:
            self._end_cell()
            if not self._open[-1]:
                self._open[-1].append([])
            row, spanned = self._open[-1][-1], self._spanned[-1]
            while spanned.get(len(row)):
                spanned[len(row)] -= 1
                row.append("")
            self._span, self._down = (_span_of(attrs, name) for name in ("colspan", "rowspan"))
            self._cell = []
        elif tag in {"br", "p", "div"} and self._cell:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script"}:
            self._skip = max(0, self._skip - 1)
        elif tag in {"td", "th", "tr"}:
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self._spanned.pop()
            self.tables.append(self._open.pop())

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._skip:
            self._cell.append(data)

    def close(self) -> None:
        super().close()
        self._end_cell()
        self.tables += self._open
        self._open = []

    def _start_row(self) -> None:
        """Begins a row. Cells above that cover the end of the row before count as its cells."""
        spanned = self._spanned[-1]
        if self._open[-1]:
            ended = len(self._open[-1][-1])
            for column, left in spanned.items():
                spanned[column] = left - 1 if left and column >= ended else left
        self._open[-1].append([])

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        lines = (" ".join(line.split()) for line in "".join(self._cell).split("\n"))
        start = len(self._open[-1][-1])
        if self._down > 1:
            self._spanned[-1].update(dict.fromkeys(range(start, start + self._span), self._down - 1))
        self._open[-1][-1] += ["\n".join(filter(None, lines)), *[""] * (self._span - 1)]
        self._cell, self._span, self._down = None, 1, 1


def _span_of(attrs: list[tuple[str, str | None]], name: str) -> int:
    span = dict(attrs).get(name) or "1"
    return max(1, min(int(span), _MAX_SPAN)) if span.isdigit() and len(span) < 9 else 1


def _worksheets(data: bytes) -> dict[str, Table]:
    """Returns {sheet: rows} of a workbook in XML. Entity declarations are refused, because no program writes them
    here."""
    reader = _Worksheets()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = reader.text, _refuse_entity
    parser.Parse(data, True)
    return reader.sheets


def _refuse_entity(*_declaration: object) -> None:
    raise expat.ExpatError("entity")


class _Worksheets:
    def __init__(self) -> None:
        self.sheets: dict[str, Table] = {}
        self._rows: Table = []
        self._data: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        index = int(plain["Index"]) if plain.get("Index", "").isdigit() else 0
        if name == "Worksheet":
            self._rows = self.sheets.setdefault(plain.get("Name", str(len(self.sheets) + 1)), [])
        elif name == "Row":
            self._rows += [[] for _ in range(min(index - 1, 1_048_576) - len(self._rows))]
            self._rows.append([])
        elif name == "Cell" and self._rows:
            row = self._rows[-1]
            row += [""] * (min(index - 1, 16_384) - len(row))
            row.append("")
        elif name == "Data":
            self._data = []

    def end(self, tag: str) -> None:
        if tag.rpartition(" ")[2] == "Data" and self._data is not None:
            if self._rows and self._rows[-1]:
                self._rows[-1][-1] = _MIDNIGHT.sub(r"\1", "".join(self._data))
            self._data = None

    def text(self, data: str) -> None:
        if self._data is not None:
            self._data.append(data)
