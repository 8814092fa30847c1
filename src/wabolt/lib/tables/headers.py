"""Finds the header of a table and names its columns."""

import re
from collections.abc import Sequence

from wabolt.lib.column_matching import is_known_name
from wabolt.lib.tables.header_rows import ADDRESS, combined_names, describes_columns, second_row

LOOK_AT = 30
"""Maximum row number of a header."""

_DATA = re.compile(r"(?:\D*\d){5}|[\d.,\s/:%()+-]+|\S+@\S+\.\S+|https?://\S+", re.DOTALL)
_LONG = 80
_NAME_WORDS = 3
"""Maximum number of words of a name. A longer cell is a sentence."""


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """Returns the number (from 1) of the row with the column names, 0 if the table has none.

    Titles and blank rows with few filled cells may precede it. If a row of data precedes every candidate, there is no
    header. If no full row has a known name, a row with two known names is the header although some of its columns have
    no name.
    """
    filled = sorted(n for row in rows if (n := _count(row)))
    if not filled:
        return 0
    usual = filled[(len(filled) * 3) // 4]
    needed = max(1, -(-usual * 6 // 10))
    best, best_known, narrow = 0, -1, 0
    for number, row in enumerate(rows[:LOOK_AT], 1):
        cells = [cell.strip() for cell in row if cell.strip()]
        known = sum(is_known_name(cell) for cell in cells)
        if len(cells) < needed:
            narrow = narrow or (number if known >= 2 else 0)
            continue
        data = sum(_is_data(cell) for cell in cells)
        if data * 4 > len(cells) and known < 2:
            break
        if known > best_known:
            best, best_known = number, known
        if known >= 2 or number - best > 3:
            break
    return narrow if narrow and best_known < 1 else best


def read_header(rows: Sequence[Sequence[str]]) -> tuple[int, int, Sequence[str]]:
    """Returns the number of the last row of the header (0 if there is none), the number of the row below it that
    describes the columns (0 if there is none), and the names of the columns as written."""
    header = find_header(rows)
    if not header:
        return 0, 0, []
    names: Sequence[str] = rows[header - 1]
    below = rows[header] if len(rows) > header + 1 else []
    if below and not any(map(_is_data, filter(str.strip, below))) and second_row(names, below):
        names, header = combined_names(names, below), header + 1
    elif header > 1 and _is_group_row(rows[header - 2], names):
        names = combined_names(rows[header - 2], names)
    described = len(rows) > header + 1 and describes_columns(rows[header], rows[header + 1], is_known_name)
    return header, header + 1 if described else 0, names


def _is_group_row(above: Sequence[str], header: Sequence[str]) -> bool:
    """Whether the row above a header has the names of groups of columns, and is no title and no data."""
    return 1 < _count(above) <= _count(header) and not any(map(_is_data, filter(str.strip, above)))


def is_prose(rows: Sequence[Sequence[str]], columns: int) -> bool:
    """Whether a text is a note or a letter and no table: most of its lines are sentences (the commas of sentences do
    not make columns), and none has a known name of a column, a phone number or an e-mail address."""
    lines = [row for row in rows if any(cell.strip() for cell in row)]
    cells = [cell.strip() for row in lines for cell in row]
    if any(ADDRESS.search(cell) or (len(cell.split()) <= _NAME_WORDS and is_known_name(cell)) for cell in cells):
        return False
    if columns > 1 and sum(len(row) == columns for row in lines) * 10 >= len(lines) * 6:
        return False
    return sum(len(" ".join(row).split()) > _NAME_WORDS for row in lines) * 2 > len(lines)


def name_columns(header: Sequence[str], width: int) -> list[str]:
    """Returns unique names for `width` columns: the header's names, or the letter of a column without one."""
    names: list[str] = []
    taken: set[str] = set()
    for index in range(width):
        written = " ".join(header[index].split()) if index < len(header) else ""
        base = name = written or column_letter(index)
        count = 1
        while name.casefold() in taken:
            count += 1
            name = f"{base} ({count})"
        taken.add(name.casefold())
        names.append(name)
    return names


def column_letter(index: int) -> str:
    """Returns the name of a column in a spreadsheet: 0 is A, 25 is Z, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _count(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell and not cell.isspace())


def _is_data(cell: str) -> bool:
    return len(cell) > _LONG or (_DATA.match(cell) is not None and not is_known_name(cell))
