"""Unpacks everything that is not a text table (workbooks, HTML, vCards) to CSV under limits."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wabolt.lib.column_matching import is_known_name, names_a_person
from wabolt.lib.limited import LimitExceededError, OpeningFailedError, ProcessLimits, run_limited
from wabolt.lib.tables.model import Limits, TableError

_WORKERS = {
    "zip": ("workbooks", ""), "cfb": ("workbooks", ""), "html": ("markup", "html"),
    "spreadsheetml": ("markup", "spreadsheetml"), "vcard": ("vcards", ""),
}  # fmt: skip
_HEADER_NAMES = 2
"""Minimum number of known names in a header. If the sheet has such a row, no other sheet is searched."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """One sheet as a temporary CSV file, which the caller deletes.

    `formulas`: {column index: number of cells whose formula has no stored value}. `date_1904`: the workbook counts days
    from 1904.
    """

    path: Path
    kind: str
    sheet: str
    sheets: list[str]
    date_1904: bool = False
    formulas: dict[int, int] = field(default_factory=dict)


def unpack(path: Path, kind: str, sheet: str, limits: Limits) -> Unpacked:
    """Unpacks the sheet `sheet` of the file, or the first sheet with a header of known names, or the first that is not
    empty.

    `kind`: the result of `detect.sniff_kind`. Raises TableError.
    """
    with tempfile.NamedTemporaryFile(prefix="wabolt-", suffix=".csv", delete=False) as file:
        target = Path(file.name)
    try:
        facts = _ask(path, kind, limits, {"task": "unpack", "sheet": sheet, "target": str(target)})
        if not sheet and len(facts["sheets"]) > 1:
            chosen = _sheet_with_a_table(path, kind, facts, limits)
            if chosen != facts["sheet"]:
                facts = _ask(path, kind, limits, {"task": "unpack", "sheet": chosen, "target": str(target)})
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    formulas = {int(column): count for column, count in facts.get("formulas", {}).items()}
    return Unpacked(target, facts["kind"], facts["sheet"], facts["sheets"], bool(facts.get("date_1904")), formulas)


def _sheet_with_a_table(path: Path, kind: str, facts: dict[str, Any], limits: Limits) -> str:
    """Returns the sheet whose header has the most known names, or the first sheet that is not empty if no header has
    two. A sheet of instructions or figures often comes first: the first sheet has to name a person, too."""
    heads = _ask(path, kind, limits, {"task": "heads", "sheet": "", "target": ""})["heads"]
    known = {
        name: max((sum(is_known_name(cell.strip()) for cell in row) for row in rows), default=0)
        for name, rows in heads.items()
    }
    first = str(facts["sheet"])
    people = {name for name, rows in heads.items() if any(names_a_person(cell) for row in rows for cell in row)}
    if not known or (known.get(first, 0) >= _HEADER_NAMES and (first in people or not people)):
        return first
    best = max(known, key=lambda name: (name in people, known[name]))
    return best if known[best] >= _HEADER_NAMES else first


def _ask(path: Path, kind: str, limits: Limits, options: dict[str, Any]) -> dict[str, Any]:
    worker, form = _WORKERS[kind]
    options |= {
        "path": str(path), "format": form, "max_columns": limits.max_columns, "unpacked": limits.unpacked
    }  # fmt: skip
    bounds = ProcessLimits(memory=limits.memory, seconds=limits.seconds, output=limits.unpacked)
    try:
        facts = run_limited(worker, options, limits=bounds).facts
    except LimitExceededError:
        raise TableError("too_heavy") from None
    except OpeningFailedError:
        raise TableError("damaged") from None
    if code := facts.pop("error", None):
        raise TableError(str(code), **facts)
    return facts
