"""Finds the delimiter of a text table."""

import csv
import io
from collections import Counter
from math import log2

from wabolt.lib.column_matching import is_known_name
from wabolt.lib.tables.model import NO_DELIMITER, Limits, TableError

CANDIDATES = ";,\t|"
_ROWS = 200
_HEADER_ROWS = 12


def split_sample(text: str, cut: bool, delimiter: str, **dialect: object) -> list[list[str]]:
    """Returns the first rows of a text. If the text was `cut`, the last, incomplete row is dropped."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, **dialect)  # type: ignore[arg-type]
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append(row)
            if len(rows) == _ROWS:
                return rows
    except csv.Error as problem:
        raise TableError("cell_too_large", row=len(rows) + 1) from problem
    return rows[:-1] if cut and len(rows) > 1 else rows


def find_delimiter(text: str, cut: bool, limits: Limits) -> tuple[str, list[list[str]]]:
    """Returns the sign that gives the most rows the same width (`NO_DELIMITER` for one column), and the rows."""
    best, best_score = NO_DELIMITER, 0.0
    for sign in CANDIDATES:
        if sign in text and (score := _score(split_sample(text, cut, sign))) > best_score:
            best, best_score = sign, score
    rows = split_sample(text, cut, best, skipinitialspace=has_padded_quotes(text, best))
    if max((len(row) for row in rows), default=0) > limits.max_columns:
        raise TableError("too_many_columns", limit=limits.max_columns)
    return best, rows


def has_padded_quotes(text: str, delimiter: str) -> bool:
    """Whether cells are written `a, "b"`: the space before the quote then belongs to the delimiter."""
    return f'{delimiter} "' in text


def _score(rows: list[list[str]]) -> float:
    widths = [len(row) for row in rows if any(cell.strip() for cell in row)]
    if max(widths, default=0) < 2:
        return 0.0
    usual, count = Counter(width for width in widths if width > 1).most_common(1)[0]
    share = count / len(widths)
    # A row of known names proves the delimiter. Otherwise half of the rows must agree, or the sign is punctuation.
    # A wide table is less likely to be an accident.
    known = max(sum(is_known_name(cell.strip()) for cell in row) for row in rows[:_HEADER_ROWS])
    score = share * (1 + log2(usual) / 4) if share >= 0.5 else 0.0
    return score + known if known >= 2 else score
