"""The steps of an import as a person takes them: upload, mapping, start, cancel."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.contacts.models import Field, Import
from wabolt.contacts.services.fields import create_field
from wabolt.contacts.services.imports import files
from wabolt.contacts.services.imports.registry import importer_of
from wabolt.contacts.services.imports.trouble import file_trouble
from wabolt.lib import clock, jobs
from wabolt.lib.dates import infer_day_order
from wabolt.lib.errors import DomainError
from wabolt.lib.tables import Limits, TableError, open_table
from wabolt.lib.text import clean

SAMPLE = 20
_SHOWN = 120
MAX_STATEMENT = 1000
NEW = "new:"
IGNORE = "ignore"


def start_import(
    *, workspace: Workspace, kind: str, file: BinaryIO, filename: str, created_by: User | None = None
) -> Import:
    """Takes a file in (binary, can seek), finds out how it is written, guesses its columns. Nothing is imported yet.

    Raises DomainError on the field `file` when it is no table, empty, too large or broken: nothing is kept then.
    """
    importer = importer_of(kind)
    try:
        with open_table(file, limits=Limits(max_bytes=settings.IMPORT_MAX_BYTES)) as table:
            sample = table.sample(SAMPLE)
            encoding, delimiter, header, columns = table.encoding, table.delimiter, table.header_row, table.columns
    except TableError as problem:
        raise file_trouble(problem) from problem
    if not sample:
        raise file_trouble(TableError("empty"))
    rows = [[number, [_presentable(cell) for cell in cells]] for number, cells in sample]
    guesses = importer.guess(workspace, columns, [cells for _number, cells in sample])
    with transaction.atomic():
        imported = Import(
            workspace=workspace,
            kind=kind,
            filename=clean(filename)[:255] or "?",
            size=0,
            encoding=encoding[:20],
            delimiter=delimiter[:1],
            header_row=header,
            columns=[_presentable(name) for name in columns],
            mapping={str(index): target for index, target in guesses.items()},
            options={"sample": rows, "day_first": _day_first(sample)},
            created_by=created_by,
        )
        imported.save()
        files.store(imported, file)
        imported.save(update_fields=["size", "sha256"])
    return imported


def set_mapping(
    *, workspace: Workspace, import_id: int, mapping: Mapping[int, str], day_first: bool | None = None
) -> Import:
    """What each column is: a target of the importer, `new:<kind of field>` or `ignore`; columns that are not named
    keep theirs. Raises Import.DoesNotExist; DomainError `not_mapping`, `bad_target`, `target_twice` or what the
    importer's check says."""
    with transaction.atomic():
        imported = _in_mapping(workspace, import_id)
        importer = importer_of(imported.kind)
        known = {target.key for target in importer.targets(workspace)} | {IGNORE}
        if importer.new_fields:
            known |= {f"{NEW}{kind}" for kind in Field.Kind.values if kind != Field.Kind.CHOICE}
        chosen = {int(index): target for index, target in imported.mapping.items()} | dict(mapping)
        used: set[str] = set()
        for index, target in chosen.items():
            if target not in known or not 0 <= index < len(imported.columns):
                raise DomainError(_("Choose what this column is."), code="bad_target", field=str(index))
            if target in used:
                message = _("Two columns cannot be the same thing. Leave one of them out.")
                raise DomainError(message, code="target_twice", field=str(index))
            if target != IGNORE and not target.startswith(NEW):
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
    consent_statement: str = "",
    source: str = "",
    tags: Sequence[str] = (),
    background: bool = True,
) -> Import:
    """Starts the import in the background (or leaves that to the caller's `run_import`). New columns become custom
    fields now.

    `consent_statement`: where and how the people agreed, in the importer's words; without it nobody is granted
    anything, whatever a column says. `source` is kept for people whose row names none; `tags` go on everybody.
    """
    statement = consent_statement.strip()
    if len(statement) > MAX_STATEMENT:
        raise DomainError(_("At most 1,000 characters."), code="too_long", field="consent_statement")
    with transaction.atomic():
        imported = _in_mapping(workspace, import_id)
        importer_of(imported.kind).check(imported)
        _make_fields(imported)
        imported.options |= {
            "consent_statement": statement,
            "source": clean(source)[:60],
            "tags": [name for name in (clean(tag)[:60] for tag in tags) if name][:20],
        }
        imported.state = Import.State.QUEUED
        imported.save(update_fields=["mapping", "options", "state"])
        if background:
            defer_run(imported)
    return imported


def defer_run(imported: Import) -> None:
    """Queues the job that works the import off; imports of a workspace run one after another."""
    jobs.defer(
        "contacts.run_import",
        once=f"import:{imported.pk}",
        lock=f"imports:{imported.workspace_id}",
        import_id=imported.pk,
    )


def cancel_import(*, workspace: Workspace, import_id: int) -> Import:
    """Stops an import that has not ended; what its committed chunks brought stays. Raises Import.DoesNotExist."""
    with transaction.atomic():
        imported = Import.objects.select_for_update().get(workspace=workspace, pk=import_id)
        if imported.state in {Import.State.MAPPING, Import.State.QUEUED, Import.State.RUNNING}:
            imported.state = Import.State.CANCELLED
            imported.finished_at = clock.now()
            imported.save(update_fields=["state", "finished_at"])
            forget(imported)
    return imported


def forget(imported: Import) -> None:
    """Drops the file and the sample rows of an import that has ended."""
    files.drop(imported)
    if imported.options.pop("sample", None) is not None:
        imported.save(update_fields=["options"])


def _in_mapping(workspace: Workspace, import_id: int) -> Import:
    imported = Import.objects.select_for_update().get(workspace=workspace, pk=import_id)
    if imported.state != Import.State.MAPPING:
        raise DomainError(_("This import has already been started."), code="not_mapping")
    return imported


def _make_fields(imported: Import) -> None:
    for index, target in imported.mapping.items():
        if target.startswith(NEW):
            label = imported.columns[int(index)][:60] or _("Column")
            field = create_field(workspace=imported.workspace, label=str(label), kind=target.removeprefix(NEW))
            imported.mapping[index] = f"field:{field.key}"


def _day_first(sample: Sequence[tuple[int, list[str]]]) -> bool:
    orders = [infer_day_order(column).day_first for column in zip(*(cells for _row, cells in sample), strict=False)]
    return False not in orders or True in orders


def _presentable(cell: Any) -> str:
    """A cell as it can be kept as JSON and shown."""
    text = str(cell).replace("\x00", "").encode("utf-8", "replace").decode()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
