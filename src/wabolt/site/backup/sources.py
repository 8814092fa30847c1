"""Backups that a restore reads: a file, or an object in S3-compatible storage.

A new machine has no settings yet, so the access to a storage comes from the variables of Amazon's tools or from the
terminal.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from wabolt.backups.places import S3, Folder, Place, PlaceError, S3Config, parse_s3_url
from wabolt.backups.rules import moment_of
from wabolt.backups.words import sentence
from wabolt.lib import erasure_lists as lists
from wabolt.site import home
from wabolt.site.backup.errors import BackupError
from wabolt.site.words import _, of_room

BLOCK = 1 << 20  # bytes


class Ask(Protocol):
    """Returns the value of an environment variable, or the typed text; "" for nothing."""

    def __call__(self, variable: str, words: str, *, secret: bool = False) -> str: ...


def listed(place: str, ask: Ask) -> list[str]:
    """Returns the backups in a place, newest first, a line for each: time, size, and the name for `wabolt restore`."""
    source = _source(place, ask)
    names = _names(source)
    if not names:
        raise BackupError(_("There is no backup in {place}.").format(place=place))
    ordered = sorted(names, key=_moment, reverse=True)
    return [f"{_moment(name)[:16].replace('T', ' ')} UTC  {names[name] / 1e6:9.1f} MB  {source.where(name)}"
            for name in ordered]  # fmt: skip


def newest_in(place: str, ask: Ask) -> str:
    """Returns the path or address of the newest backup in a place."""
    source = _source(place, ask)
    names = _names(source)
    if not names:
        raise BackupError(_("There is no backup in {place}.").format(place=place))
    return source.where(max(names, key=_moment))


@contextmanager
def fetched(file: str, ask: Ask, say: Callable[[str], None]) -> Iterator[Path]:
    """The path of a backup. One in a storage is downloaded into the home folder, and deleted at the end."""
    if not file.startswith("s3://"):
        if not Path(file).is_file():
            raise BackupError(_("There is no backup file at {path}.").format(path=file))
        yield Path(file)
        return
    prefix, _slash, name = file.removeprefix("s3://").rpartition("/")
    source = _source(f"s3://{prefix}", ask)
    say(_("Downloading {file} ...").format(file=file))
    with tempfile.TemporaryDirectory(dir=home.create_home(), prefix="restore-") as folder:
        target = Path(folder) / name
        try:
            with source.open(name) as content, target.open("wb") as copy:
                while block := content.read(BLOCK):
                    copy.write(block)
        except PlaceError as error:
            raise _error(error) from error
        except OSError as error:
            raise BackupError(
                _("{path} cannot be written: {reason}").format(path=folder, reason=error.strerror)
            ) from error
        yield target


def erasure_lists(file: str, ask: Ask, more: Sequence[Path] = ()) -> list[bytes]:
    """Returns the lists of erased people next to a backup, then the files `more`. Raises BackupError if one cannot be
    read to its end, or is larger than `lists.LARGEST`: a part of a list has no valid seal and would be ignored."""
    place = file.rpartition("/")[0] if file.startswith("s3://") else str(Path(file).absolute().parent)
    source = _source(place, ask)
    found = []
    try:
        for name in source.erasure_lists():
            with source.open(name) as content:
                found.append(_whole(content, source.where(name)))
        for path in more:
            with path.open("rb") as content:
                found.append(_whole(content, str(path)))
    except PlaceError as error:
        raise _error(error) from error
    except OSError as error:
        words = _("{path} cannot be read: {reason}")
        raise BackupError(words.format(path=error.filename, reason=error.strerror)) from error
    return found


def _whole(content: IO[bytes], name: str) -> bytes:
    read = bytearray()
    while block := content.read(BLOCK):
        read += block
        if len(read) > lists.LARGEST:
            words = _("{file} is larger than {size} MB, too large for a list of erased people. Nothing was restored.")
            raise BackupError(words.format(file=name, size=lists.LARGEST // 10**6))
    return bytes(read)


def _source(place: str, ask: Ask) -> Place:
    if not place.startswith("s3://"):
        return Folder(Path(place))
    try:
        bucket, prefix = parse_s3_url(place)
    except PlaceError as error:
        raise _error(error) from error
    config = S3Config(
        bucket=bucket,
        prefix=prefix,
        endpoint=ask("AWS_ENDPOINT_URL", _("Address (endpoint) of the storage, empty for Amazon")),
        key_id=ask("AWS_ACCESS_KEY_ID", _("Key ID of the storage")),
        secret=ask("AWS_SECRET_ACCESS_KEY", _("Secret of the storage"), secret=True),
        region=ask("AWS_REGION", _("Region of the storage, may be empty")),
    )
    if not config.key_id or not config.secret:
        raise BackupError(
            _("Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL to open {place}.").format(place=place)
        )
    return S3(config)


def _names(source: Place) -> dict[str, int]:
    try:
        return source.names()
    except PlaceError as error:
        raise _error(error) from error


def _moment(name: str) -> str:
    moment = moment_of(name)
    return moment.isoformat() if moment else ""


def _error(error: PlaceError) -> BackupError:
    return BackupError(sentence(error.code, error.detail, of_room("backups")))
