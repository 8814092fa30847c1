"""Uploaded files: kept in the database in pieces, so that any worker on any machine can read them."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection

from wabolt.contacts.models import Import, ImportPart
from wabolt.lib.tables import Limits, Table, open_table

PART = 1024 * 1024


def store(imported: Import, file: BinaryIO) -> None:
    """Writes `file` into pieces and its size and SHA-256 into `imported` (unsaved); in the caller's transaction."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    position = 0
    while piece := file.read(PART):
        digest.update(piece)
        size += len(piece)
        ImportPart.objects.create(imported=imported, position=position, data=piece)
        position += 1
    imported.size, imported.sha256 = size, digest.hexdigest()


@contextmanager
def on_disk(imported: Import) -> Iterator[Path]:
    """The file on this machine's disk, for as long as the block runs. On Linux it has no name in any folder, so that it
    goes with a process that is killed: it holds people's data."""
    with tempfile.TemporaryFile() as nameless:
        path = Path(f"/proc/{os.getpid()}/fd/{nameless.fileno()}")
        with nameless if path.exists() else tempfile.NamedTemporaryFile(prefix="wabolt-import-") as file:
            for piece in _pieces(imported):
                file.write(piece)
            file.flush()
            yield path if file is nameless else Path(file.name)


def opened(imported: Import, path: Path) -> Table:
    """The table of the import that lies at `path`: of a workbook the sheet that was chosen."""
    sheet = str(imported.options.get("sheet") or "")
    return open_table(path, sheet=sheet, limits=Limits(max_bytes=settings.IMPORT_MAX_BYTES))


def _pieces(imported: Import) -> Iterator[bytes]:
    position = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT data FROM contacts_importpart WHERE imported_id = %s AND position = %s", [imported.pk, position]
            )
            row = cursor.fetchone()
        if row is None:
            return
        yield row[0]
        position += 1


def drop(imported: Import) -> None:
    """Forgets the file: what is in it is stored or was refused, and it holds people's data."""
    ImportPart.objects.filter(imported=imported).delete()
