"""Shared code of the workers that unpack tables: writing CSV and choosing a sheet."""

import csv
from collections.abc import Callable, Iterable, Sequence
from typing import Any

HEAD_ROWS = 30
HEAD_SHEETS = 20
Rows = Iterable[Sequence[str]]


def write_rows(target: str, rows: Rows, max_columns: int) -> dict[str, Any]:
    """Writes all rows, also blank ones (they count), without trailing empty cells. Facts: `filled` (whether any cell
    has a value), or `error`."""
    filled = False
    with open(target, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            cells = trimmed(row)
            if len(cells) > max_columns:
                return {"error": "too_many_columns", "limit": max_columns}
            filled = filled or bool(cells)
            writer.writerow(cells)
    return {"filled": filled}


def trimmed(row: Sequence[str]) -> list[str]:
    """Returns the cells up to the last one with a value, without NUL characters, which CSV readers refuse."""
    cells = [cell.replace("\0", "") for cell in row]
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def take_sheet(names: Sequence[str], read: Callable[[str], Rows], options: dict[str, Any]) -> dict[str, Any]:
    """Task "unpack": writes the wanted sheet, or the first one with a value. Task "heads": returns {sheet: its first
    rows}, from which the caller chooses."""
    if options["task"] == "heads":
        return {"heads": {name: _head(read(name)) for name in names[:HEAD_SHEETS]}}
    for name in [options["sheet"]] if options["sheet"] in names else names:
        facts = write_rows(options["target"], read(name), options["max_columns"])
        if "error" in facts:
            return facts
        if facts["filled"]:
            return {"sheet": name, "sheets": list(names)}
    return {"error": "empty"}


def _head(rows: Rows) -> list[list[str]]:
    head: list[list[str]] = []
    for row in rows:
        head.append([cell[:80] for cell in trimmed(row)[:100]])
        if len(head) == HEAD_ROWS:
            break
    return head
