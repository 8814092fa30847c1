"""The steps of an import before and after its run: upload, mapping, start, cancel."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import Actor, record_audit
from wabolt.imports.models import Import
from wabolt.imports.registry import IGNORE, Row, importer_of
from wabolt.imports.services import files
from wabolt.imports.services.errors import file_error
from wabolt.lib import clock, jobs
from wabolt.lib.dates import infer_day_order, parse_date
from wabolt.lib.errors import DomainError
from wabolt.lib.known_files import known_file
from wabolt.lib.tables import Limits, Table, TableError, open_table
from wabolt.lib.text import clean, storable

SAMPLE = 20
SURE = 0.9
"""Confidence from which the column page folds a guess."""
_GUESSED_FROM = 300
"""Number of rows that the guess of the columns uses."""
LOOKED_AT = 50_000
"""Number of rows that are searched for the order of day and month."""
ABANDONED_AFTER, STILL_CHOOSING = timedelta(days=1), timedelta(hours=1)
"""Time without a start after which the file of an upload is deleted; and after which an erasure deletes it."""
_SHOWN = 120
_LONGEST = 500


def start_import(
    *,
    workspace: Workspace,
    kind: str,
    file: BinaryIO,
    filename: str,
    sheet: str = "",
    created_by: User | None = None,
) -> Import:
    """Stores an uploaded file (binary, seekable), detects its format and guesses its columns. No row is imported yet.

    Of a workbook, `sheet` is read, or the first sheet that looks like a table. `choose_sheet` changes it. Raises
    DomainError for the field `file` if the file is not a table, empty, too large or damaged, and for the field `sheet`
    if there is no such sheet. Nothing is stored then.
    """
    imported = Import(
        workspace=workspace, kind=kind, filename=clean(filename)[:255] or "?", size=0, created_by=created_by
    )
    _look_at(imported, file, sheet)
    with transaction.atomic():
        files.store(imported, file)
        _audit(imported, "import.upload", by=created_by)
    return imported


def choose_sheet(*, workspace: Workspace, import_id: int, sheet: str) -> Import:
    """Changes the sheet of the workbook and guesses the columns again. Raises Import.DoesNotExist; DomainError
    `not_mapping`, `no_sheet`, or the error code of the sheet."""
    with files.on_disk(Import.objects.get(workspace=workspace, pk=import_id)) as path, transaction.atomic():
        imported = _in_mapping(workspace, import_id)
        _look_at(imported, path, sheet)
        imported.save(update_fields=["header_row", "columns", "mapping", "options"])
    return imported


def _look_at(imported: Import, file: BinaryIO | Path, sheet: str) -> None:
    """Sets format, columns, guessed mapping and sample of `imported` (unsaved)."""
    importer = importer_of(imported.kind)
    try:
        with open_table(file, sheet=sheet, limits=Limits(max_bytes=settings.IMPORT_MAX_BYTES)) as table:
            looked_at = _first_rows(table)
            totals = table.totals
            sample = looked_at[:SAMPLE]
            day_first = _day_first(table, sample)
    except TableError as problem:
        raise file_error(problem) from problem
    if not sample:
        raise file_error(TableError("empty"))
    if sheet and sheet != table.sheet:
        raise DomainError(_("This file has no such sheet."), code="no_sheet", field="sheet")
    cells = [[_presentable(cell) for cell in row] for _number, row in looked_at]
    guesses = importer.guess(imported.workspace, table.columns, cells, totals)
    imported.encoding, imported.delimiter = table.encoding[:20], table.delimiter[:1]
    imported.header_row = table.header_row
    imported.columns = [_presentable(name) for name in table.columns]
    imported.mapping = {str(index): guess.target for index, guess in guesses.items()}
    rows = [[number, row] for (number, _cells), row in zip(sample, cells, strict=False)]
    sure = [index for index, guess in guesses.items() if guess.confidence >= SURE]
    imported.options = {"sample": rows, "day_first": day_first, "sure": sure}
    if questions := {str(index): guess.question for index, guess in guesses.items() if guess.question}:
        imported.options["questions"] = questions
    if known := known_file(imported.kind, table.columns):
        imported.options["program"] = known.program
    if table.kind == "vcard":
        imported.options["program"] = "vCard"
    if table.date_1904:
        imported.options["date_1904"] = True
    if table.formulas:
        imported.options["formulas"] = {str(index): count for index, count in table.formulas.items()}
    if len(table.sheets) > 1:
        imported.options |= {"sheet": table.sheet, "sheets": table.sheets}


def _first_rows(table: Table) -> list[Row]:
    """Returns the rows from which columns are guessed. A hostile file may have a megabyte in every cell, so long cells
    are cut."""
    return [(number, [cell[:_LONGEST] for cell in cells]) for number, cells in islice(table.rows(), _GUESSED_FROM)]


def set_mapping(
    *, workspace: Workspace, import_id: int, mapping: Mapping[int, str], day_first: bool | None = None
) -> Import:
    """Sets the targets of columns; columns that `mapping` does not name keep theirs.

    A target is one of the importer's or `ignore`. Raises Import.DoesNotExist; DomainError `not_mapping`, `bad_target`,
    `target_twice`, or the error of the importer's `check`.
    """
    with transaction.atomic():
        imported = _in_mapping(workspace, import_id)
        importer = importer_of(imported.kind)
        targets = {target.key: target for target in importer.targets(workspace)}
        chosen = {int(index): target for index, target in imported.mapping.items()} | dict(mapping)
        used: set[str] = set()
        for index, target in chosen.items():
            if (target != IGNORE and target not in targets) or not 0 <= index < len(imported.columns):
                raise DomainError(_("Choose the meaning of this column."), code="bad_target", field=str(index))
            if target in used:
                message = _("Two columns cannot have the same meaning. Leave one of them out.")
                raise DomainError(message, code="target_twice", field=str(index))
            if target != IGNORE and not targets[target].repeatable:
                used.add(target)
        imported.mapping = {str(index): target for index, target in sorted(chosen.items())}
        if day_first is not None:
            imported.options["day_first"] = day_first
        importer.check(imported)
        imported.save(update_fields=["mapping", "options"])
    return imported


def queue_import(
    *,
    workspace: Workspace,
    import_id: int,
    answers: Mapping[str, Any] | None = None,
    background: bool = True,
) -> Import:
    """Starts the import in the background. With `background=False` the caller calls `run_import`.

    `answers`: the answers to the importer's start step ({form field: value}). Raises Import.DoesNotExist; DomainError
    `not_mapping`, or the error of the importer's `check` or `prepare`.
    """
    with transaction.atomic():
        imported = _in_mapping(workspace, import_id)
        importer = importer_of(imported.kind)
        importer.check(imported)
        importer.prepare(imported, answers or {})
        imported.state = Import.State.QUEUED
        imported.save(update_fields=["mapping", "options", "state"])
        _audit(imported, "import.start")
        if background:
            defer_run(imported)
    return imported


def defer_run(imported: Import) -> None:
    """Queues the job that runs the import. Imports of one workspace run one after another."""
    jobs.defer(
        "imports.run",
        once=f"import:{imported.pk}",
        lock=f"imports:{imported.workspace_id}",
        import_id=imported.pk,
    )


def cancel_import(*, workspace: Workspace, import_id: int) -> Import:
    """Stops an import that has not ended. Chunks that were committed stay. Raises Import.DoesNotExist."""
    with transaction.atomic():
        imported = Import.objects.select_for_update().get(workspace=workspace, pk=import_id)
        if imported.state in {Import.State.MAPPING, Import.State.QUEUED, Import.State.RUNNING}:
            _cancel(imported)
            _audit(imported, "import.cancel")
    return imported


def drop_abandoned(*, workspace: Workspace | None = None, after: timedelta = ABANDONED_AFTER) -> int:
    """Cancels the uploads of a workspace, or of all, that no member has started for so long, and deletes their files.
    Returns how many."""
    waiting = Import.objects.filter(state=Import.State.MAPPING, created_at__lt=clock.now() - after)
    if workspace is not None:
        waiting = waiting.filter(workspace=workspace)
    dropped = 0
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            imported = waiting.select_for_update(skip_locked=True).filter(pk=pk).first()
            if imported is None:
                continue
            _cancel(imported)
            _audit(imported, "import.expire", by=Actor("system"))
            dropped += 1
    return dropped


def _cancel(imported: Import) -> None:
    imported.state, imported.finished_at = Import.State.CANCELLED, clock.now()
    forget(imported)
    imported.save(update_fields=["state", "finished_at", "options"])


def forget(imported: Import) -> None:
    """Deletes the file of an import that has ended, and its sample rows from `options` (unsaved)."""
    files.drop(imported)
    imported.options.pop("sample", None)


def _audit(imported: Import, action: str, *, by: User | Actor | None = None) -> None:
    record_audit(workspace=imported.workspace, actor=by, action=action, target=("import", imported.pk))


def _in_mapping(workspace: Workspace, import_id: int) -> Import:
    imported = Import.objects.select_for_update().get(workspace=workspace, pk=import_id)
    imported.workspace = workspace
    if imported.state != Import.State.MAPPING:
        raise DomainError(_("This import has already been started."), code="not_mapping")
    return imported


def _day_first(table: Table, sample: Sequence[tuple[int, list[str]]]) -> bool:
    """Returns whether dates in the table write the day first. If all dates of the sample are ambiguous, up to
    `LOOKED_AT` further rows are searched, because a list sorted by date may begin with many such dates."""
    orders = []
    for index, column in enumerate(zip(*(cells for _row, cells in sample), strict=False)):
        order = infer_day_order(column).day_first
        if order is None and any(parse_date(cell) != parse_date(cell, day_first=False) for cell in column):
            further = (cells[index] for _row, cells in islice(table.rows(), LOOKED_AT))
            with suppress(TableError):  # the run reports where the file is damaged
                order = infer_day_order(further).day_first
        orders.append(order)
    return False not in orders or True in orders


def _presentable(cell: Any) -> str:
    """Returns the cell as text that can be stored as JSON and shown."""
    text = storable(str(cell))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
