"""The backup file: a tar with a manifest, PostgreSQL's compressed dump, the installation's secret and, sealed, the
sessions of linked numbers."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import IO

from wabolt.site.words import _

FORMAT = 1
MANIFEST, DUMP, SECRET, SESSIONS = "manifest.json", "database.dump", "secret-key", "sessions.sealed"
MANIFEST_LIMIT = 10_000_000  # bytes; a larger one is not ours
BLOCK = 1 << 20


class BackupError(Exception):
    """A backup could not be made or used; the text says why and what was kept."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself. ``tables`` holds rows per table, ``migrations`` the last of each app,
    ``database_bytes`` what the database took on the disk, ``secret_sha256`` the checksum of the secret; 0 and empty
    where an early backup does not say."""

    format: int
    wabolt: str
    postgresql: str
    made_at: str
    dump_bytes: int
    dump_sha256: str
    tables: dict[str, int]
    migrations: dict[str, list[str]]
    database_bytes: int = 0
    secret_sha256: str = ""


FIELDS = [field.name for field in fields(Manifest)]


def write(target: Path, manifest: Manifest, folder: Path, secret: str | None) -> None:
    """Write the file ``target`` whole or not at all, readable for its owner alone, from the dumps in ``folder``."""
    draft = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
            _add(tar, MANIFEST, json.dumps(asdict(manifest), indent=1, sort_keys=True).encode())
            if secret:
                _add(tar, SECRET, secret.encode())
            for name in (SESSIONS, DUMP):
                if (folder / name).exists():
                    tar.add(folder / name, arcname=name, filter=_plain)
            tar.close()
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def opened(path: Path) -> Iterator[tarfile.TarFile]:
    """The file as a tar. Raises BackupError where it is none."""
    try:
        with tarfile.open(path, mode="r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(_("{path} is not a WABolt backup, or it is damaged.").format(path=path)) from error
    except OSError as error:
        raise BackupError(_("{path} cannot be read: {reason}").format(path=path, reason=error.strerror)) from error


def read_manifest(tar: tarfile.TarFile) -> Manifest:
    """The manifest. Raises BackupError where it is missing, broken or of a later format."""
    damaged = BackupError(_("The backup's manifest is missing or damaged."))
    try:
        member = tar.getmember(MANIFEST)
        file = tar.extractfile(member)
        if file is None or member.size > MANIFEST_LIMIT:
            raise damaged
        content = json.loads(file.read())
        if content["format"] != FORMAT:
            raise BackupError(_("The backup was made by a newer WABolt. Update WABolt, then restore it."))
        return Manifest(**{name: content[name] for name in FIELDS if name in content})  # later ones add what they like
    except (KeyError, TypeError, ValueError) as error:
        raise damaged from error


def extract_dump(tar: tarfile.TarFile, manifest: Manifest, target: Path) -> None:
    """Copy the dump to ``target``. Raises BackupError unless it is, byte for byte, what the manifest promises."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        for block in _blocks(_member(tar, DUMP)):
            digest.update(block)
            size += len(block)
            out.write(block)
    if size != manifest.dump_bytes or digest.hexdigest() != manifest.dump_sha256:
        raise BackupError(_("The backup is damaged: its content does not match its checksum."))


def read_secret(tar: tarfile.TarFile, manifest: Manifest) -> str | None:
    """The secret of the installation that was backed up; None if it kept that elsewhere. Raises BackupError where it
    is not what the manifest promises: every link that was sent hangs on it."""
    if SECRET not in tar.getnames():
        return None
    content = _member(tar, SECRET).read()
    if manifest.secret_sha256 not in {"", hashlib.sha256(content).hexdigest()}:
        raise BackupError(_("The backup is damaged: its content does not match its checksum."))
    return content.decode("ascii")


def open_sessions(tar: tarfile.TarFile) -> IO[bytes] | None:
    """The sealed sessions; None if no number was linked."""
    return _member(tar, SESSIONS) if SESSIONS in tar.getnames() else None


def checksum(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in _blocks(file):
            digest.update(block)
    return digest.hexdigest()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise BackupError(_("The backup is damaged: {name} is missing.").format(name=name))
    return file


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """A member without the names of this machine's users."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member
