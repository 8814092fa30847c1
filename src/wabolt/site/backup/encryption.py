"""The encryption of a backup: one age file, in which every byte is authenticated (https://age-encryption.org/v1)."""

import errno
import io
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyrage
from pyrage.x25519 import Identity, Recipient

from wabolt.site.backup.errors import BackupError
from wabolt.site.words import _

MAGIC = b"age-encryption.org/v1\n"
# The text of a pyrage.DecryptError: the key opens no stanza of the header. The file was made for another key, or that
# part of the header (about 100 bytes) is damaged; age cannot distinguish the two. Other damage has another text.
NO_MATCH = "No matching keys found"


class _Writer:
    """Passes the output of age on to a file and keeps the OSError, which age only quotes."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.error: OSError | None = None

    def write(self, block: bytes) -> int:
        """Writes one block."""
        try:
            return self.file.write(block)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        """Flushes the file."""
        self.file.flush()


@contextmanager
def encrypted(target: IO[bytes], recipients: Sequence[Recipient]) -> Iterator[IO[bytes]]:
    """Yields a file for writing. Its content is encrypted into ``target``; plain text never reaches the disk.

    Raises OSError if ``target`` cannot be written.
    """
    source, sink = os.pipe()
    writer = _Writer(target)
    failed: list[BaseException] = []

    def encrypt() -> None:
        with os.fdopen(source, "rb") as reader:  # closing it wakes a writer that waits
            try:
                pyrage.encrypt_io(reader, writer, list(recipients))
            except (pyrage.EncryptError, OSError) as error:
                failed.append(error)

    thread = threading.Thread(target=encrypt, name="age")
    thread.start()
    try:
        with os.fdopen(sink, "wb", buffering=1 << 16) as plain:
            yield plain
    except BrokenPipeError:
        pass  # the thread ended first, and `failed` holds its error
    finally:
        thread.join()
    if failed:
        raise writer.error or OSError(errno.EIO, str(failed[0])) from failed[0]


def decrypt(path: Path, identity: Identity, target: IO[bytes]) -> None:
    """Decrypts the backup ``path`` into ``target``.

    Returns only after the whole file was authenticated; do not use ``target`` before. Raises BackupError if the key is
    wrong, the file is damaged or ``target`` cannot be written.
    """
    writer = _Writer(target)
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise BackupError(_("{path} is not a WABolt backup, or it is damaged.").format(path=path))
            file.seek(0)
            pyrage.decrypt_io(file, writer, [identity])
        target.flush()
    except (pyrage.DecryptError, OSError) as error:
        raise _why(path, error, writer.error) from error


def decrypted_bytes(content: bytes, identity: Identity) -> bytes:
    """Returns the plain content of a small age file. Raises BackupError if it does not open."""
    try:
        return bytes(pyrage.decrypt(content, [identity]))
    except pyrage.DecryptError as error:
        raise BackupError(_("The backup is damaged: its keys do not open with the recovery key.")) from error


def encrypted_bytes(content: io.BytesIO, recipients: Sequence[Recipient]) -> bytes:
    """Encrypts a small file in memory."""
    return bytes(pyrage.encrypt(content.getvalue(), list(recipients)))


def _why(path: Path, error: Exception, on_disk: OSError | None) -> BackupError:
    if on_disk is not None and on_disk.errno == errno.ENOSPC:
        return BackupError(_("There is not enough room on the disk to restore this backup; nothing was changed."))
    if on_disk is not None:
        return BackupError(_("The backup could not be unpacked: {reason}").format(reason=on_disk.strerror))
    if NO_MATCH in str(error):
        return BackupError(
            _(
                "The recovery key does not open {path}. Either the backup was made for another key, or the beginning of"
                " the file is damaged; nothing was changed."
            ).format(path=path)
        )
    if isinstance(error, OSError) and error.errno is not None:
        return BackupError(_("{path} cannot be read: {reason}").format(path=path, reason=error.strerror))
    return BackupError(_("{path} is damaged or incomplete; nothing was changed.").format(path=path))
