"""Opens a file as a table: detects its kind, its encoding and its header."""

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from wabolt.lib.column_matching import is_known_name
from wabolt.lib.tables.delimited import CANDIDATES, find_delimiter, has_padded_quotes, split_sample
from wabolt.lib.tables.detect import HEAD, MIXED, scan_text, sniff_encoding, sniff_kind
from wabolt.lib.tables.headers import is_prose, name_columns, read_header
from wabolt.lib.tables.lists import is_chat, is_list_of_numbers
from wabolt.lib.tables.model import NO_DELIMITER, Limits, Table, TableError
from wabolt.lib.tables.workbooks import Unpacked, unpack

Source = Callable[[], AbstractContextManager[BinaryIO]]
_DEFAULT = Limits()
_LOOKED_AT, _HEADER_ROWS = 200, 12
"""Rows that are searched for lines in cells, and the first of them, one of which is the header."""


def open_table(source: str | os.PathLike[str] | BinaryIO, *, sheet: str = "", limits: Limits = _DEFAULT) -> Table:
    """Opens the table in a file, given as a path or as a seekable binary file (which is not closed).

    The name of the file does not matter. Of a workbook `sheet` is read, or the first visible sheet whose header has
    known names, or the first that is not empty. Raises `TableError`.
    """
    opener: Source = (
        partial(_path_source, Path(source)) if isinstance(source, str | os.PathLike) else partial(_file_source, source)
    )
    with opener() as file:
        size = file.seek(0, os.SEEK_END)
        if size > limits.max_bytes:
            raise TableError("too_large", limit=limits.max_bytes, size=size)
        file.seek(0)
        head = file.read(HEAD)
        found = sniff_kind(head)
        if found == "text":
            return _with_split_cells(_text_table(opener, file, head, size, limits), limits)
        with _on_disk(source, file) as path:
            unpacked = unpack(path, found, sheet, limits)
    try:
        table = _unpacked_table(unpacked, size, limits)
    except BaseException:
        unpacked.path.unlink(missing_ok=True)
        raise
    table.remove_when_closed(unpacked.path)
    return _with_split_cells(table, limits)


def _with_split_cells(table: Table, limits: Limits) -> Table:
    """Returns the table itself, or the table in its cells: a spreadsheet with other settings shows and saves each line
    of a CSV file as one cell."""
    if len(table.columns) > 1 or not _are_lines(_first_rows(table), limits):
        return table
    with tempfile.NamedTemporaryFile(prefix="wabolt-", suffix=".csv", delete=False) as target:
        path = Path(target.name)
        try:
            with table.source() as file:
                text = table.text(file)
                for row in csv.reader(text, **table.dialect):  # type: ignore[arg-type]
                    target.write(f"{row[0] if row else ''}\n".encode("utf-8", "replace"))
                text.detach()
            target.flush()
            with path.open("rb") as lines:
                size = path.stat().st_size
                split = _text_table(partial(_path_source, path), lines, lines.read(HEAD), size, limits)
        except csv.Error:
            path.unlink(missing_ok=True)
            return table  # its rows are refused when they are read
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    split.kind, split.sheet, split.sheets, split.date_1904 = table.kind, table.sheet, table.sheets, table.date_1904
    split.remove_when_closed(path)
    table.close()
    return split


def _first_rows(table: Table) -> list[list[str]]:
    """Returns the first rows with their header; none if one of them cannot be read."""
    with table.source() as file:
        text = table.text(file)
        try:
            return list(islice(csv.reader(text, **table.dialect), _LOOKED_AT))  # type: ignore[arg-type]
        except csv.Error:
            return []
        finally:
            text.detach()


def _are_lines(rows: list[list[str]], limits: Limits) -> bool:
    """Whether each row is one cell that holds a line of a table with a header: "Nama,No HP,Kota"."""
    lines = [row[0] for row in rows if any(cell.strip() for cell in row)]
    if len(lines) < 2 or any(len(_trimmed(row)) > 1 for row in rows):
        return False
    delimiter, cells = find_delimiter("\n".join(lines), False, limits)
    known = max(sum(is_known_name(cell.strip()) for cell in row) for row in cells[:_HEADER_ROWS])
    return delimiter != NO_DELIMITER and known >= 2


def _text_table(opener: Source, file: BinaryIO, head: bytes, size: int, limits: Limits) -> Table:
    encoding = scan_text(file, sniff_encoding(head), limits)
    wrap = partial(_decoded, encoding)
    cut = size > len(head)
    sample = _decode_head(head, encoding)
    declared, sample = _declared_delimiter(sample)
    if declared:
        delimiter, rows = declared, split_sample(sample, cut, declared)
        wrap = partial(_decoded_after_first_line, encoding)
    else:
        delimiter, rows = find_delimiter(sample, cut, limits)
    dialect: dict[str, object] = {
        "delimiter": delimiter, "skipinitialspace": has_padded_quotes(sample, delimiter)
    }  # fmt: skip
    if delimiter != NO_DELIMITER and not cut and is_list_of_numbers(rows):
        wrap, rows = partial(_one_cell_per_line, wrap, delimiter), [[cell] for cell in rows[0]]
        delimiter = NO_DELIMITER
        dialect = {"delimiter": delimiter, "skipinitialspace": False}
    header, described, columns = _header_of(rows)
    if is_chat(sample):
        raise TableError("not_a_table", found="chat")
    if is_prose(rows, len(columns)):
        raise TableError("not_a_table", found="prose")
    return Table(
        kind="csv",
        encoding=encoding.removesuffix("-sig"),
        delimiter="" if delimiter == NO_DELIMITER else delimiter,
        header_row=header,
        described_row=described,
        columns=columns,
        header=_header_cells(rows, header, len(columns)),
        size=size,
        limits=limits,
        source=opener,
        text=wrap,
        dialect=dialect,
    )


def _unpacked_table(unpacked: Unpacked, size: int, limits: Limits) -> Table:
    path = unpacked.path
    with path.open("rb") as file:
        head = file.read(HEAD)
    rows = split_sample(head.decode("utf-8", "ignore"), path.stat().st_size > len(head), ",")
    header, described, columns = _header_of(rows)
    return Table(
        kind=unpacked.kind,
        encoding="",
        delimiter="",
        header_row=header,
        described_row=described,
        columns=columns,
        header=_header_cells(rows, header, len(columns)),
        size=path.stat().st_size or size,
        limits=limits,
        source=partial(_path_source, path),
        text=partial(_decoded, "utf-8"),
        dialect={"delimiter": ","},
        checked=True,
        sheet=unpacked.sheet,
        sheets=unpacked.sheets,
        date_1904=unpacked.date_1904,
        formulas=unpacked.formulas,
    )


def _header_of(rows: list[list[str]]) -> tuple[int, int, list[str]]:
    """Returns the header's row, the row that describes the columns (0 if there is none), and the names of all used
    columns. Trailing empty columns are dropped."""
    width = max((index + 1 for row in rows for index, cell in enumerate(row) if cell.strip()), default=0)
    if not any(char.isalnum() for row in rows for cell in row for char in cell):
        raise TableError("empty")
    header, described, names = read_header(rows)
    if header:
        # A title may be wider and a broken row longer: the table is as wide as its header or its usual row.
        below = sorted(len(_trimmed(row)) for row in rows[header:] if any(cell.strip() for cell in row))
        width = max(len(_trimmed(list(names))), below[len(below) // 2] if below else 0)
    return header, described, name_columns(names, width)


def _header_cells(rows: list[list[str]], header: int, width: int) -> list[str]:
    """Returns the cells of the header's row as they are in the file, [] without a header."""
    return [*rows[header - 1], *[""] * width][:width] if header else []


def _one_cell_per_line(
    wrap: Callable[[BinaryIO], io.TextIOWrapper], delimiter: str, file: BinaryIO
) -> io.TextIOWrapper:
    """Reads a list of numbers in one line, as people copy it from a group, with one number per line."""
    text = wrap(file)
    cells = [cell.strip() for row in csv.reader(text, delimiter=delimiter) for cell in row]
    text.detach()
    return io.TextIOWrapper(io.BytesIO("\n".join(cells).encode()), "utf-8", newline="")


def _trimmed(row: list[str]) -> list[str]:
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _declared_delimiter(sample: str) -> tuple[str, str]:
    """Returns the delimiter of Excel's own first line `sep=;`, which a spreadsheet does not show, and the text after
    it."""
    line, _, rest = sample.partition("\n")
    sign = line.rstrip("\r").strip('"')
    if len(sign) == 5 and sign[:4].casefold() == "sep=" and sign[4] in f"{CANDIDATES}:~^":
        return sign[4], rest
    return "", sample


def _decode_head(head: bytes, encoding: str) -> str:
    if encoding == "cp1252":
        return head.decode("utf-8", MIXED)
    return head.decode(encoding, "ignore")


def _decoded(encoding: str, file: BinaryIO) -> io.TextIOWrapper:
    file.seek(0)
    if encoding == "cp1252":
        return io.TextIOWrapper(file, "utf-8", MIXED, newline="")
    return io.TextIOWrapper(file, encoding, "replace", newline="")


def _decoded_after_first_line(encoding: str, file: BinaryIO) -> io.TextIOWrapper:
    text = _decoded(encoding, file)
    text.readline()
    return text


@contextmanager
def _path_source(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb", buffering=1 << 18) as file:
        yield file


@contextmanager
def _file_source(file: BinaryIO) -> Iterator[BinaryIO]:
    yield file


@contextmanager
def _on_disk(source: str | os.PathLike[str] | BinaryIO, file: BinaryIO) -> Iterator[Path]:
    """Yields the path of the file, or that of a copy if it has none: the limited process needs a path."""
    if isinstance(source, str | os.PathLike):
        yield Path(source)
        return
    with tempfile.NamedTemporaryFile(prefix="wabolt-") as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield Path(copy.name)
