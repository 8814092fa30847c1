"""Tests of the values of a column, for `lib.columns`: names, dates, numbers of rows."""

from collections.abc import Sequence
from datetime import UTC
from itertools import pairwise

from wabolt.lib.choices import parse_gender
from wabolt.lib.dates import parse_date, parse_datetime
from wabolt.lib.refusal import Refusal


def count_up_or_down(values: Sequence[str]) -> bool:
    """Whether the values count up or down by one, as the numbers of rows do."""
    cells = [value.strip() for value in values]
    if not all(cell.isascii() and cell.isdigit() and len(cell) <= 9 for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(steps) == 1 and steps <= {1, -1}


def is_name(value: str) -> bool:
    """Whether a value may be a name of two to five words: it holds almost only letters."""
    letters = sum(char.isalpha() for char in value)
    return letters >= 0.8 * len(value.replace(" ", "")) and 1 <= value.strip().count(" ") <= 4


def are_short_names(values: Sequence[str]) -> bool:
    """Whether the values of a column without a name may be names of one word: letters, and mostly different."""
    words = [value.strip() for value in values]
    named = sum(value.replace(" ", "").isalpha() and value.count(" ") <= 4 for value in words)
    return len(words) >= 2 and named >= 0.9 * len(words) and not are_repeated(words)


def are_repeated(values: Sequence[str]) -> bool:
    """Whether values occur several times, as occupations and hobbies do and names rarely."""
    return len(set(values)) < 0.7 * len(values)


def says_female(values: Sequence[str]) -> bool:
    """Whether a value says "female", or all say a gender in a whole word. Sizes of clothes are letters that all mean
    "male": M and L."""
    return any(parse_gender(value) == "female" for value in values) or all(len(value.strip()) > 1 for value in values)


def is_date(value: str) -> bool:
    """Whether `parse_date` can read the value."""
    return not isinstance(parse_date(value), Refusal)


def is_moment(value: str) -> bool:
    """Whether `parse_datetime` can read the value."""
    return not isinstance(parse_datetime(value, UTC), Refusal)
