"""The table that a reader gets, and the error for a file that contains none."""

import csv
import re
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

NO_DELIMITER = "\x1f"
"""Used as the delimiter of a file with one column, so that commas in its cells do not split them."""

_TOTAL = re.compile(
    r"(?:(?:grand|sub)[ -]?)?(?:total|jumlah|jml)(?: (?:semua|keseluruhan|akhir|umum|data|baris|bayar|pembayaran|"
    r"belanja|harga|pesanan|order|nota|tagihan))? ?[:=]?",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"(?:rp|idr)?\.? ?[-(]?[0-9][0-9.,\s]*%?\)?-{0,2}", re.IGNORECASE)
_MOBILE = re.compile(r"\+|(?:62|0)?8[0-9]{8}")


class TableError(Exception):
    """The file cannot be read as a table. Nothing of it was used.

    `code`, with its `params`: `empty` · `not_a_table` (found: "png", "pdf", "zip", "prose", "binary" ...) · `too_large`
    (limit, and size in bytes if known) · `too_heavy` (needs more memory or time) · `too_many_columns` (limit) ·
    `cell_too_large` (row) · `unclosed_quote` (row) · `nul_bytes` (row) · `password` · `damaged`. `row` is counted as in
    `Table.rows`.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Limits:
    """Maximum sizes in bytes. `memory` and `seconds` limit the process that opens a workbook, `unpacked` its
    contents."""

    max_bytes: int = 200 * 1024 * 1024
    max_columns: int = 1_000
    max_line: int = 1024 * 1024
    unpacked: int = 2 * 1024**3
    memory: int = 1024**3
    seconds: int = 120


class SkippedRow(NamedTuple):
    """A row without a record: `reason` is "total" (at the end), "description" (below the header) or "header" (the
    header once more, as on each page of a printed list). `cells` are those of a row of totals."""

    row_number: int
    reason: str
    cells: Sequence[str] = ()


@dataclass(slots=True, weakref_slot=True)
class Table:
    """The table in a file. Close it (or use `with`): a workbook leaves a temporary file.

    `kind` is "csv", "xlsx", "xlsb", "xls", "ods", "html", "xml" or "vcard". `encoding` and `delimiter` are those of the
    file ("" for a workbook; `delimiter` is also "" for a file with one column). `header_row` is the row of the column
    names (0 if the file has none), `described_row` the row below it that describes the columns (0 if there is none).
    `columns` are unique names; a column without a name has its letter (A, B, ... AA). `sheet` is the sheet that is
    read, `sheets` are all visible ones. `date_1904`: day numbers count from 1904. `formulas`: {column index: number of
    cells whose formula has no stored value}. `header` are the cells of the last row of the header.
    """

    kind: str
    encoding: str
    delimiter: str
    header_row: int
    columns: list[str]
    size: int
    limits: Limits
    source: Callable[[], AbstractContextManager[BinaryIO]]
    text: Callable[[BinaryIO], TextIOWrapper]
    dialect: dict[str, object]
    checked: bool = False
    described_row: int = 0
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    date_1904: bool = False
    formulas: dict[int, int] = field(default_factory=dict)
    skipped: list[SkippedRow] = field(default_factory=list)
    header: Sequence[str] = ()
    _file: BinaryIO | None = None
    _closing: Callable[[], object] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Deletes the temporary file of a workbook. The table cannot be read afterwards."""
        if self._closing is not None:
            self._closing()

    def remove_when_closed(self, path: Path) -> None:
        """Deletes the file when this table is closed or garbage-collected."""
        self._closing = weakref.finalize(self, path.unlink, missing_ok=True)

    @property
    def progress(self) -> float:
        """Returns the share of the file that the running `rows()` has read, 0 to 1."""
        if self._file is None or self._file.closed or not self.size:
            return 0.0
        return min(1.0, self._file.tell() / self.size)

    @property
    def totals(self) -> Sequence[str]:
        """The cells of the last row of totals, () if `rows()` has not reached the end of the file or there is none."""
        return next((row.cells for row in reversed(self.skipped) if row.reason == "total"), ())

    def sample(self, n: int = 20) -> list[tuple[int, list[str]]]:
        """Returns the first `n` rows below the header."""
        return list(islice(self.rows(), n))

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yields every row below the header as (row number, cells). Each call starts from the beginning.

        The row number is that of a spreadsheet program: line breaks inside a cell do not count, blank rows do (but are
        not yielded). Cells are unchanged. A short row is filled up to the number of columns; a row with more *filled*
        cells than columns keeps them all, so that the caller can refuse it. A row of totals at the end is not yielded
        but added to `skipped`, and so is a repetition of the header. Raises `TableError` if the file is damaged.
        """
        self.skipped.clear()
        held: list[tuple[int, list[str]]] = []
        with self.source() as self._file:
            for number, row in self._records(self._file):
                if row[0][:1] in _TOTAL_STARTS and is_total(row):
                    held.append((number, row))
                    continue
                if held:
                    yield from held
                    held.clear()
                yield number, row
        self.skipped.extend(SkippedRow(number, "total", cells) for number, cells in held)
        if self.described_row:
            self.skipped.append(SkippedRow(self.described_row, "description"))

    def _records(self, file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
        header, described, width = self.header_row, self.described_row, len(self.columns)
        repeated = list(self.header) if any(map(str.strip, self.header)) else None
        physical = number = 0
        lines, raw_lines = self.text(file), list[str]()
        reader = csv.reader(_recording(lines, raw_lines), **self.dialect)  # type: ignore[arg-type]
        row: list[str] = []
        try:
            for number, row in enumerate(reader, 1):
                physical += 1
                if reader.line_num != physical:
                    physical = reader.line_num
                    self._check_quotes(number, row, raw_lines)
                raw_lines.clear()
                if number <= header or number == described:
                    continue
                if len(row) != width:
                    if not row:
                        continue
                    row = self._fit(number, row, width)
                if row == repeated:
                    self.skipped.append(SkippedRow(number, "header"))
                    continue
                head = row[0]
                if (head and not head.isspace()) or any(cell and not cell.isspace() for cell in row):
                    yield number, row
            if row and not self.checked and row[-1].endswith(("\n", "\r")) and not _ends_with_quote(file):
                raise TableError("unclosed_quote", row=number)
        except csv.Error as problem:
            raise TableError("cell_too_large", row=number + 1) from problem
        finally:
            lines.detach()

    def _fit(self, number: int, row: list[str], width: int) -> list[str]:
        if len(row) < width:
            return row + [""] * (width - len(row))
        if len(row) > self.limits.max_columns:
            raise TableError("too_many_columns", limit=self.limits.max_columns, row=number)
        while len(row) > width and not row[-1].strip():
            row.pop()
        return row

    def _check_quotes(self, number: int, row: list[str], raw_lines: list[str]) -> None:
        """Detects a stray quote, which swallows rows into one cell up to the next quote or the end of the file. Such a
        cell must not pass for a long note. `raw_lines` are the lines of this row in the file."""
        width, sign = len(self.columns), str(self.dialect["delimiter"])
        if self.checked or not (width == 1 or any(sign in cell and len(cell.splitlines()) > 1 for cell in row)):
            return
        rows_inside = width > 2 and any(
            line.count(sign) >= width - 1 for cell in row for line in cell.splitlines()[1:-1]
        )
        each_a_row = len(row) < width and all(line.count(sign) >= width - 1 for line in raw_lines)
        if rows_inside or each_a_row or self._is_torn(raw_lines):
            raise TableError("unclosed_quote", row=number)

    def _is_torn(self, raw_lines: list[str]) -> bool:
        """Whether text follows a closing quote before the next delimiter. Then the quote belongs to another cell."""
        try:
            list(csv.reader(raw_lines, **self.dialect, strict=True))  # type: ignore[arg-type]
        except csv.Error:
            return True
        return False


def _recording(lines: TextIOWrapper, raw_lines: list[str]) -> Iterator[str]:
    for line in lines:
        raw_lines.append(line)
        yield line


_TOTAL_STARTS = {*"TtJjGgSs ", ""}


def is_total(row: list[str]) -> bool:
    """Whether a row is the sum of the others: "TOTAL", and otherwise only figures that are not phone numbers."""
    cells = [cell.strip() for cell in row if cell and not cell.isspace()]
    if not cells or not names_a_total(cells[0]):
        return False
    return all(_FIGURES.fullmatch(cell) and not _MOBILE.match(cell) for cell in cells[1:])


def names_a_total(text: str) -> bool:
    """Whether a cell says that its row is the sum of other rows: "Subtotal", "TOTAL BAYAR"."""
    return _TOTAL.fullmatch(" ".join(text.split())) is not None


def _ends_with_quote(file: BinaryIO) -> bool:
    end = file.seek(0, 2)
    file.seek(max(0, end - 256))
    return file.read().replace(b"\0", b"").rstrip(b"\r\n").endswith(b'"')
