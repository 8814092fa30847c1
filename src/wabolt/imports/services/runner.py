"""Runs an import chunk by chunk. A kill at any moment neither duplicates nor loses a row.

A chunk and its progress are committed in one transaction. While the database works, one thread parses ahead and another
prepares the next chunk: psycopg releases the interpreter lock while it waits.
"""

import gc
import json
import logging
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from django.db.models import F, Q
from psycopg import errors as pg

from wabolt.imports.models import Import
from wabolt.imports.registry import ChunkResult, Lookahead, LostRaceError, Rejection, Row, Session, importer_of
from wabolt.imports.services import files
from wabolt.imports.services.alerting import open_end_alert
from wabolt.imports.services.lifecycle import defer_run, forget
from wabolt.lib import clock
from wabolt.lib.disk import is_disk_full
from wabolt.lib.log_lines import log_event
from wabolt.lib.tables import Table, TableError
from wabolt.lib.text import storable

CHUNK = 8000
CHUNKS_AHEAD = 2
_MAX_EXTRA_ROWS = 500
"""Maximum number of rows by which a chunk may grow so that rows that belong together stay in one chunk."""
_SWITCH_SECONDS = 0.0005
_COLLECT_EVERY = 10
"""Number of chunks after which young garbage is collected."""
_ATTEMPTS = 5
_WARNED_ROWS = 5
_MAX_STARTS = 10
"""Number of starts without a committed chunk in between after which an import fails."""
_REVIVE_AFTER = timedelta(minutes=2)
Progress = Callable[[int, int], None]
log = logging.getLogger(__name__)


class _StopError(Exception):
    """The import was cancelled, or another worker continues it."""


class _Chunk(NamedTuple):
    size: int
    wide: list[Rejection]
    parsed: Any


def run_import(import_id: int, *, progress: Progress | None = None) -> None:
    """Runs the import from its recorded progress. Safe to call again after a crash, and twice at the same time.

    `progress(rows done, rows in total)` is called after every chunk.
    """
    imported = _claim(import_id)
    if imported is None:
        return
    try:
        with (
            _hold_run_lock(import_id),
            files.on_disk(imported) as path,
            files.opened(imported, path) as table,
        ):
            if imported.rows_total is None:
                # The whole file is read before the first row is stored: a truncated file is refused as a whole.
                imported.rows_total = sum(1 for _row in table.rows())
                Import.objects.filter(pk=imported.pk).update(rows_total=imported.rows_total)
            _process(imported, table, importer_of(imported.kind).open(imported), progress)
    except TableError as problem:
        _finish(imported, Import.State.FAILED, {"code": problem.code, "params": problem.params})
    except _StopError:
        log.info("import %s was stopped, or another process runs it", import_id)
    except Exception as error:
        if imported.options["tries"]["count"] < _MAX_STARTS:
            raise
        log.exception("import %s gives up at row %s", import_id, imported.next_row)
        code = "disk_full" if is_disk_full(error) else "interrupted"
        _finish(imported, Import.State.FAILED, {"code": code, "params": {}})
    else:
        _finish(imported, Import.State.DONE)


def revive_imports() -> list[int]:
    """Queues imports without a running process, whose job was lost or whose command was killed. Returns their ids.

    A process that runs an import holds an advisory lock, which the database releases when the process dies.
    """
    revived = []
    long_ago = clock.now() - _REVIVE_AFTER
    waiting = Import.objects.filter(state__in=[Import.State.QUEUED, Import.State.RUNNING], created_at__lt=long_ago)
    for imported in waiting.filter(Q(started_at=None) | Q(started_at__lt=long_ago)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [_run_lock_name(imported.pk)])
            if cursor.fetchone()[0]:
                defer_run(imported)
                revived.append(imported.pk)
    return revived


@contextmanager
def _hold_run_lock(import_id: int) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(hashtextextended(%s, 0))", [_run_lock_name(import_id)])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock_shared(hashtextextended(%s, 0))", [_run_lock_name(import_id)])


def _run_lock_name(import_id: int) -> str:
    return f"imports.run:{import_id}"


def _claim(import_id: int) -> Import | None:
    with transaction.atomic():
        imported = Import.objects.select_for_update(of=["self"]).select_related("workspace").get(pk=import_id)
        if imported.state not in {Import.State.QUEUED, Import.State.RUNNING}:
            return None
        tries = imported.options.get("tries") or {}
        count = tries["count"] + 1 if tries.get("row") == imported.next_row else 1
        imported.options["tries"] = {"row": imported.next_row, "count": count}
        imported.state = Import.State.RUNNING
        imported.started_at = imported.started_at or clock.now()
        imported.save(update_fields=["state", "started_at", "options"])
        if count > _MAX_STARTS:
            _finish(imported, Import.State.FAILED, {"code": "interrupted", "params": {}})
            return None
    return imported


def _process(imported: Import, table: Table, session: Session, progress: Progress | None) -> None:
    width, done = len(table.columns), imported.next_row
    with (
        _tuned_interpreter(),
        ThreadPoolExecutor(1, thread_name_prefix="import-parse") as parsing,
        ThreadPoolExecutor(1, thread_name_prefix="import-prepare") as preparing,
    ):
        waiting: deque[Future[_Chunk | None]] = deque()
        chunks = _chunks(table, done, session)
        lookahead = Lookahead(lambda: _parsed(waiting[0]), preparing.submit)
        waiting.extend(parsing.submit(_next_chunk, chunks, session, width) for _ in range(CHUNKS_AHEAD))
        try:
            position = 0
            while (chunk := waiting.popleft().result()) is not None:
                waiting.append(parsing.submit(_next_chunk, chunks, session, width))
                if position < done:
                    session.replay(chunk.parsed)
                else:
                    _store(imported, session, chunk, position, lookahead)
                position += chunk.size
                if not position // CHUNK % _COLLECT_EVERY:
                    gc.collect(1)
                if progress is not None:
                    progress(position, imported.rows_total or position)
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def _tuned_interpreter() -> Iterator[None]:
    """Sets the interpreter's switch interval to 0.5 ms and turns the garbage collector off.

    With the default interval of 5 ms, the thread that received an answer of the database would wait that long for the
    parsing thread after every statement. Rows contain no reference cycles, and collections took a third of the time.
    `_process` collects now and then.
    """
    before, collecting = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.disable()
    try:
        yield
    finally:
        sys.setswitchinterval(before)
        if collecting:
            gc.enable()


def _chunks(table: Table, done: int, session: Session) -> Iterator[list[Row]]:
    """Yields the rows of the file in chunks. One chunk ends exactly at the committed row, and no chunk ends between two
    rows that belong together."""
    rows, position = table.rows(), 0
    first = next(rows, None)
    while first is not None:
        size = min(CHUNK, done - position) if position < done else CHUNK
        chunk = [first, *islice(rows, size - 1)]
        most = len(chunk) if position < done else len(chunk) + _MAX_EXTRA_ROWS
        while (first := next(rows, None)) and len(chunk) < most and session.continues(chunk[-1][1], first[1]):
            chunk.append(first)
        position += len(chunk)
        yield chunk


def _next_chunk(chunks: Iterator[list[Row]], session: Session, width: int) -> _Chunk | None:
    rows = next(chunks, None)
    if rows is None:
        return None
    fitting = [row for row in rows if len(row[1]) == width]
    wide = [
        Rejection(number, cells, "too_many_cells", {"cells": len(cells), "columns": width})
        for number, cells in (rows if len(fitting) < len(rows) else ())
        if len(cells) != width
    ]
    return _Chunk(len(rows), wide, session.parse(fitting))


def _parsed(upcoming: Future[_Chunk | None]) -> Any:
    """Returns the parsed chunk if it is ready, else None. A parsing error is raised later, when the chunk is stored."""
    if not upcoming.done() or upcoming.exception() is not None:
        return None
    chunk = upcoming.result()
    return None if chunk is None else chunk.parsed


def _store(imported: Import, session: Session, chunk: _Chunk, position: int, lookahead: Lookahead) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                _check_turn(imported, position)
                result = session.write(chunk.parsed, lookahead)
                result.rejections += chunk.wide
                warnings = _save_progress(imported, result, position + chunk.size)
            imported.warnings = warnings
            break
        except LostRaceError:
            log.info("import %s: row %s and on once more", imported.pk, position)
        except OperationalError as problem:
            if not isinstance(problem.__cause__, pg.DeadlockDetected | pg.SerializationFailure):
                raise
        if attempt == _ATTEMPTS - 1:
            raise LostRaceError
    session.committed()


def _check_turn(imported: Import, position: int) -> None:
    """Locks the import's row. Raises _StopError if the import was cancelled or another worker stored this chunk."""
    state, next_row = Import.objects.select_for_update().values_list("state", "next_row").get(pk=imported.pk)
    if state != Import.State.RUNNING or next_row != position:
        raise _StopError


def _save_progress(imported: Import, result: ChunkResult, next_row: int) -> dict[str, Any]:
    """Writes the counts and refused rows of a chunk in its transaction. Returns the warnings so far."""
    _save_rejections(imported, result.rejections)
    warnings: dict[str, Any] = deepcopy(imported.warnings)
    for warning in result.warnings:
        entry = warnings.setdefault(warning.code, {"count": 0, "rows": []})
        entry["count"] += 1
        if len(entry["rows"]) < _WARNED_ROWS:
            entry["rows"].append(warning.row)
    Import.objects.filter(pk=imported.pk).update(
        next_row=next_row,
        created=F("created") + result.created,
        updated=F("updated") + result.updated,
        unchanged=F("unchanged") + result.unchanged,
        rejected=F("rejected") + len(result.rejections),
        consents=F("consents") + result.consents,
        warnings=warnings,
    )
    return warnings


def _save_rejections(imported: Import, rejections: Sequence[Rejection]) -> None:
    if not rejections:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY imports_importrejection (imported_id, row, cells, code, params) FROM STDIN") as copy,
    ):
        for row, cells, code, params in rejections:
            shown = {key: _storable_text(value) for key, value in params.items()}
            # The cells of an erased person are not stored. The row number is enough to find the row in the file.
            kept = [] if code == "erased" else [_storable_text(cell) for cell in cells]
            copy.write_row((imported.pk, row, _json(kept), code, _json(shown)))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _storable_text(cell: object) -> str:
    """Returns the cell as text that jsonb can store: without NUL and surrogates."""
    return storable(str(cell))


def _finish(imported: Import, state: str, error: dict[str, Any] | None = None) -> None:
    with transaction.atomic():
        current = Import.objects.select_for_update().get(pk=imported.pk)
        if current.state in {Import.State.QUEUED, Import.State.RUNNING}:
            current.state = state
            current.error = error or {}
            current.finished_at = clock.now()
            forget(current)
            current.save(update_fields=["state", "error", "finished_at", "options"])
            open_end_alert(current)
            _log_end(current)


def _log_end(imported: Import) -> None:
    lasted = (imported.finished_at or clock.now()) - (imported.started_at or imported.created_at)
    log_event(
        log, "import", id=imported.pk, kind=imported.kind, state=imported.state, rows=imported.next_row,
        created=imported.created, updated=imported.updated, rejected=imported.rejected, seconds=lasted.total_seconds(),
    )  # fmt: skip
