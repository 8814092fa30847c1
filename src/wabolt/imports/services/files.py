"""Uploaded files, stored in the database in parts so that a worker on any machine can read them."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection

from wabolt.imports.models import Import, ImportPart
from wabolt.lib.tables import Limits, Table, open_table

PART = 1024 * 1024


def store(imported: Import, file: BinaryIO) -> None:
    """Stores `imported` with size and SHA-256 of `file`, and the file in parts, in the caller's transaction."""
    digest, size = hashlib.sha256(), 0
    for piece in _read(file):
        digest.update(piece)
        size += len(piece)
    imported.size, imported.sha256 = size, digest.hexdigest()
    imported.save(force_insert=True)
    for position, piece in enumerate(_read(file)):
        ImportPart.objects.create(imported=imported, position=position, data=piece)


def _read(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PART):
        yield piece


@contextmanager
def on_disk(imported: Import) -> Iterator[Path]:
    """Writes the file to this machine's disk while the block runs and yields its path. The file contains personal data:
    on Linux it has no directory entry, so the kernel deletes it when the process ends."""
    with tempfile.TemporaryFile() as nameless:
        path = Path(f"/proc/{os.getpid()}/fd/{nameless.fileno()}")
        with nameless if path.exists() else tempfile.NamedTemporaryFile(prefix="wabolt-import-") as file:
            for piece in _pieces(imported):
                file.write(piece)
            file.flush()
            yield path if file is nameless else Path(file.name)


def opened(imported: Import, path: Path) -> Table:
    """Opens the file at `path` as a table; of a workbook, the chosen sheet. Raises TableError."""
    sheet = str(imported.options.get("sheet") or "")
    return open_table(path, sheet=sheet, limits=Limits(max_bytes=settings.IMPORT_MAX_BYTES))


@contextmanager
def open_file(imported: Import) -> Iterator[Table]:
    """Yields the table of an import. Raises TableError."""
    with on_disk(imported) as path, opened(imported, path) as table:
        yield table


def _pieces(imported: Import) -> Iterator[bytes]:
    position, left = 0, imported.size
    while left > 0:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT data FROM imports_importpart WHERE imported_id = %s AND position = %s", [imported.pk, position]
            )
            row = cursor.fetchone()
        if row is None:
            return
        yield row[0]
        position, left = position + 1, left - len(row[0])


def drop(imported: Import) -> None:
    """Deletes the file of an import that has ended, because it contains personal data."""
    ImportPart.objects.filter(imported=imported).delete()
