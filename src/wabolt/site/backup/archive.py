"""The content of a backup: a ZIP file with one member per table, the sealed keys and a manifest."""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import IO

from wabolt.site.backup.errors import BackupError
from wabolt.site.words import _

FORMAT = 2
MANIFEST, KEYS = "manifest.json", "keys.age"
MANIFEST_LIMIT = 10_000_000  # bytes
KEYS_LIMIT = 256_000_000  # bytes of the sealed tables and keys, which are decrypted in memory
KEY = re.compile(r"[!-~]{16,200}")  # a key of the home folder
NAME = re.compile(r"[A-Za-z0-9_]{1,200}")  # of a table, column, sequence or migration
COMPRESSION = 3  # zlib level


@dataclass(frozen=True)
class Table:
    """One table of a backup: its columns in the order of the member's fields, and its number of rows."""

    columns: list[str]
    rows: int


@dataclass(frozen=True)
class Manifest:
    """The description of a backup.

    `made_at`: the time of the snapshot, ISO 8601. `tables` and `sealed`: the tables by name. `migrations`: the applied
    ones per app. `sequences`: (last value, whether it was used) by name. `partitions`: the monthly partitions of the
    event log. `database_bytes`: the size of the database on the disk.
    """

    format: int
    wabolt: str
    postgresql: str
    made_at: str
    tables: dict[str, Table] = field(default_factory=dict)
    sealed: dict[str, Table] = field(default_factory=dict)
    migrations: dict[str, list[str]] = field(default_factory=dict)
    sequences: dict[str, tuple[int, bool]] = field(default_factory=dict)
    partitions: list[str] = field(default_factory=list)
    database_bytes: int = 0

    def rows(self, table: str) -> int:
        """Returns the number of rows of ``table``, 0 if the backup has no such table."""
        found = self.tables.get(table) or self.sealed.get(table)
        return found.rows if found else 0


def member(table: str) -> str:
    """Returns the name of a table's member."""
    return f"tables/{table}.copy"


@contextmanager
def created(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Opens a new archive for writing. ``file`` need not be seekable."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        yield archive


@contextmanager
def adding(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """Opens a new member for writing. Its time is fixed, and no names of users or machines are in it."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(info, "w", force_zip64=True) as file:
        yield file


def write_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Adds the manifest. It is the last member, because it counts the rows of the others."""
    with adding(archive, MANIFEST) as file:
        file.write(json.dumps(asdict(manifest), indent=1, sort_keys=True).encode())


@contextmanager
def opened(file: IO[bytes]) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Opens an archive for reading. Raises BackupError if it is damaged or of another format.

    Reading a damaged member inside the block raises BackupError too.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive, _manifest(archive)
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise BackupError(_("The backup is damaged: its content does not match its checksum.")) from error


def open_sealed(content: bytes) -> zipfile.ZipFile:
    """Opens the archive inside the decrypted `keys.age`."""
    return zipfile.ZipFile(io.BytesIO(content))


def sealed_content(archive: zipfile.ZipFile) -> bytes:
    """`keys.age`, still encrypted. Raises BackupError if it is too large."""
    if archive.getinfo(KEYS).file_size > KEYS_LIMIT:
        raise BackupError(_("The backup is damaged: its keys are too large."))
    return archive.read(KEYS)


def sealed_keys(sealed: zipfile.ZipFile, names: Iterable[str]) -> dict[str, str]:
    """Returns the keys in the archive by name, restricted to `names`. Raises BackupError for anything that is no
    key."""
    found = {}
    for name in set(names) & set(sealed.namelist()):
        text = sealed.read(name) if sealed.getinfo(name).file_size <= 200 else b""
        found[name] = text.decode("ascii", "replace").strip()
        if not KEY.fullmatch(found[name]):
            raise BackupError(_("The backup is damaged: one of its keys is invalid."))
    return found


def unpacked_bytes(*archives: zipfile.ZipFile) -> int:
    """Returns the size of all members. A member never yields more than the archive states."""
    return sum(member.file_size for archive in archives for member in archive.infolist())


def check(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Reads every member to its end. Raises BackupError if one does not match its checksum or the manifest."""
    promised = {member(name) for name in manifest.tables} | {MANIFEST, KEYS}
    if archive.testzip() is not None or set(archive.namelist()) != promised:
        raise BackupError(_("The backup is damaged: its content does not match its checksum."))


def _is_sound(manifest: Manifest) -> bool:
    """Whether every value has the right type and every name is a plain identifier. A manifest is not trusted."""
    tables = [*manifest.tables.items(), *manifest.sealed.items()]
    names = [
        *(name for name, _table in tables),
        *(column for _name, table in tables for column in table.columns),
        *manifest.sequences,
        *manifest.partitions,
        *manifest.migrations,
        *(name for found in manifest.migrations.values() for name in found),
    ]
    numbers = [
        manifest.database_bytes,
        *(table.rows for _name, table in tables),
        *(value for value, _used in manifest.sequences.values()),
    ]
    datetime.fromisoformat(manifest.made_at)
    return all(isinstance(name, str) and NAME.fullmatch(name) for name in names) and all(
        type(number) is int and 0 <= number < 1 << 63 for number in numbers
    )


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    damaged = BackupError(_("The backup's manifest is missing or damaged."))
    try:
        if archive.getinfo(MANIFEST).file_size > MANIFEST_LIMIT:
            raise damaged
        content = json.loads(archive.read(MANIFEST))
        if content["format"] != FORMAT:
            raise BackupError(_("The backup was made by a newer WABolt. Update WABolt, then restore it."))
        values = {item.name: content[item.name] for item in fields(Manifest)}
        for group in ("tables", "sealed"):
            values[group] = {name: Table(**table) for name, table in values[group].items()}
        manifest = Manifest(**values)
        if not _is_sound(manifest):
            raise damaged
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged from error
    return manifest
