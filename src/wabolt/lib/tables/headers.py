"""Where the header of a table is, and what its columns are called."""

import re
from collections.abc import Sequence

from wabolt.lib.columns import is_known_name

LOOK_AT = 30
"""A header further down than this is not looked for."""

_DATA = re.compile(r"(?:\D*\d){5}|[\d.,\s/:%()+-]+|\S+@\S+\.\S+|https?://\S+", re.DOTALL)
_LONG = 80
_PROSE = 0.6
"""Share of the cells of a description that are phrases."""
_MIN_DESCRIBED = 4


def find_header(rows: Sequence[Sequence[str]]) -> int:
    """The number (from 1) of the row that names the columns, 0 if the table has none.

    Above it may stand titles and blank rows (few cells filled). A row of data above every candidate means that there
    is no header at all. Where no full row has a known name, one with two of them is the header though it leaves columns
    without a name.
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


def find_description(rows: Sequence[Sequence[str]], header: int) -> int:
    """The number of the row under the header that describes the columns in prose (exports of TikTok Shop), 0 without.

    Most of its cells are phrases of three words or more, and those of the row below are not.
    """
    if not header or len(rows) < header + 2:
        return 0
    described, below = rows[header], rows[header + 1]
    return header + 1 if _prose(described) >= _PROSE and _prose(below) < _PROSE / 2 else 0


def _prose(row: Sequence[str]) -> float:
    filled = [cell for cell in row if cell.strip()]
    if len(filled) < _MIN_DESCRIBED:
        return 0.0
    return sum(len(cell.split()) >= 3 and not any(map(str.isdigit, cell)) for cell in filled) / len(filled)


def name_columns(header: Sequence[str], width: int) -> list[str]:
    """Unique names for `width` columns: the header's, its column's letter where that is empty."""
    names: list[str] = []
    seen: set[str] = set()
    for index in range(width):
        written = " ".join(header[index].split()) if index < len(header) else ""
        base = name = written or column_letter(index)
        count = 1
        while name.casefold() in seen:
            count += 1
            name = f"{base} ({count})"
        seen.add(name.casefold())
        names.append(name)
    return names


def column_letter(index: int) -> str:
    """The name a spreadsheet gives to a column: 0 is A, 25 is Z, 26 is AA."""
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
