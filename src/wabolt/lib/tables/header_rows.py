"""Headers of two rows, and rows below a header that describe its columns."""

import re
from collections.abc import Callable, Sequence

_HINT = re.compile(
    r"\b(?:wajib|opsional|optional|required|mandatory|contoh|misal(?:nya)?|example|e\.g|format|harus|boleh kosong|"
    r"isi dengan|diisi|maks(?:imal)?|max)\b",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"\W*(?:contoh|cth|example|misal)\s*(?:[:).]|\Z)", re.IGNORECASE)
"""The start of a row with invented values, as templates have it: "Contoh: Budi"."""
ADDRESS = re.compile(r"(?:\d\D{0,3}){7}|\S@\S+\.\S")
"""A number or an e-mail address. Next to a name that looks like a hint, it makes a record: "Max" and a number."""
_PROSE = 0.6
"""Minimum share of phrases among the cells of a description."""
_MIN_DESCRIBED = 4


def second_row(header: Sequence[str], below: Sequence[str]) -> bool:
    """Whether the row below completes the header: it has names only under columns without a name and under the cells
    that head them, as merged cells leave them ("Kontak" above "HP" and "Email")."""
    width = max(len(header), len(below))
    upper, lower = _padded(header, width), _padded(below, width)
    unnamed = [index for index in range(width) if lower[index] and not upper[index]]
    if not unnamed or any(not upper[index] and not lower[index] for index in range(unnamed[-1])):
        return False
    heads = {index for index in range(width - 1) if upper[index] and lower[index + 1] and not upper[index + 1]}
    return all(index in heads or not upper[index] for index in range(width) if lower[index])


def combined_names(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Returns the names of a header of two rows. A name that occurs twice is completed with the name of its group: "HP"
    under "Pembeli" and under "Penerima"."""
    width = max(len(upper), len(lower))
    upper, lower = _padded(upper, width), _padded(lower, width)
    names = [below or above for above, below in zip(upper, lower, strict=True)]
    group = ""
    for index, (above, below) in enumerate(zip(upper, lower, strict=True)):
        group = above or (group if below else "")
        if below and group and group != below and sum(name.casefold() == below.casefold() for name in lower) > 1:
            names[index] = f"{below} {group}"
    return names


def describes_columns(described: Sequence[str], below: Sequence[str], is_known: Callable[[str], bool]) -> bool:
    """Whether a row below the header is about the columns and no record.

    Most of its cells are phrases (exports of TikTok Shop) or hints ("wajib diisi"), a cell begins with "contoh:", or it
    has the names of the columns in another language, or their numbers.
    """
    if _prose(described) >= _PROSE and _prose(below) < _PROSE / 2:
        return True
    cells = [cell.strip() for cell in described if cell.strip()]
    if len(cells) < 2:
        return False
    if any(_EXAMPLE.match(cell) for cell in cells):
        return True
    others = [cell for cell in cells if not _HINT.search(cell)]
    if len(others) * 2 <= len(cells) and not any(map(ADDRESS.search, others)):
        return True
    numbers = [cell.strip("().[] ") for cell in cells]
    if len(cells) >= 3 and numbers == [str(number) for number in range(1, len(cells) + 1)]:
        return True
    return all(map(is_known, cells)) and not all(is_known(cell.strip()) for cell in below if cell.strip())


def _padded(row: Sequence[str], width: int) -> list[str]:
    return [" ".join(cell.split()) for cell in row] + [""] * (width - len(row))


def _prose(row: Sequence[str]) -> float:
    filled = [cell for cell in row if cell.strip()]
    if len(filled) < _MIN_DESCRIBED:
        return 0.0
    return sum(len(cell.split()) >= 3 and not any(map(str.isdigit, cell)) for cell in filled) / len(filled)
