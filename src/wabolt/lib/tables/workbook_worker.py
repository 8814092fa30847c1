"""A process of its own that turns one sheet of a workbook into CSV: `workbook_worker.py SOURCE TARGET JSON`.

The reader of workbooks holds a sheet in memory and believes what the file says about its size, so it runs where it
can be limited and where its end is not ours. Started by path, apart from the package: it imports nothing of it.
"""

import contextlib
import csv
import json
import sys
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum


def main(source: str, target: str, options: str) -> dict[str, object]:
    """Converts the first sheet with something in it (or the named one); answers with what was found, or an error."""
    wanted = json.loads(options)
    _limit(wanted["memory"], wanted["seconds"])
    try:
        with CalamineWorkbook.from_path(source) as book:
            names = [
                sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible
            ] or book.sheet_names
            for name in [wanted["sheet"]] if wanted["sheet"] in names else names:
                sheet = book.get_sheet_by_name(name)
                if sheet.end is None:
                    continue
                if sheet.end[1] >= wanted["max_columns"]:
                    return {"error": "too_many_columns", "limit": wanted["max_columns"]}
                if _write(sheet, target):
                    return {"sheet": name, "sheets": names}
            return {"error": "empty"}
    except PasswordError:
        return {"error": "password"}
    except CalamineError as problem:
        return {"error": "password" if "assword" in str(problem) else "damaged"}


def _limit(memory: int, seconds: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(sheet: CalamineSheet, target: str) -> bool:
    """Writes all rows, blank ones too (they count); whether any cell had something in it."""
    start = sheet.start
    padding = [""] * (start[1] if start else 0)
    found = False
    with open(target, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123
        writer = csv.writer(file, lineterminator="\n")
        for row in sheet.iter_rows():
            cells = padding + [_as_text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            found = found or bool(cells)
            writer.writerow(cells)
    return found


def _as_text(cell: object) -> str:
    """A cell as its owner reads it: whole numbers without ".0", days and moments in ISO form."""
    if isinstance(cell, str):
        return cell.replace("\0", "")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**63 else _fraction(repr(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def _fraction(number: str) -> str:
    """Three digits behind a point are thousands to whoever reads it here: 1.625 becomes 1.6250."""
    return f"{number}0" if number[-4:-3] == "." else number


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:4]), sys.stdout)
