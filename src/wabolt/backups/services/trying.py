"""Trying a copy with the owner's key, without restoring it."""

from dataclasses import dataclass

import pyrage
from django.utils.translation import gettext_lazy as _

from wabolt.backups import queries, recovery_key
from wabolt.backups.models import BackupCopy
from wabolt.backups.places import INTERACTIVE, PlaceError
from wabolt.backups.services.settings import ensure_settings
from wabolt.backups.words import sentence
from wabolt.lib.errors import DomainError

MOST_READ = 64 * 1024 * 1024
"""Bytes of plain text after which a try on the page ends. `wabolt check-backup` reads the whole file."""
_WRONG_KEY = "No matching keys found"  # the text of a pyrage.DecryptError


@dataclass(frozen=True, slots=True)
class Opened:
    """The result of a try: the plain bytes that were read, and whether that was the whole file."""

    size: int
    is_whole: bool


class _EnoughError(Exception):
    """Ends the decryption after MOST_READ bytes."""


class _Counter:
    """The output file for age: counts the bytes and discards them."""

    def __init__(self) -> None:
        self.size = 0
        self.is_enough = False

    def write(self, block: bytes) -> int:
        self.size += len(block)
        if self.size >= MOST_READ:
            self.is_enough = True
            raise _EnoughError
        return len(block)

    def flush(self) -> None:
        pass


def try_copy(*, copy: BackupCopy, key: str) -> Opened:
    """Opens a copy with `key` and reads up to 64 MB of it. The key is not stored. Raises DomainError."""
    try:
        identity = recovery_key.parse(key)
    except ValueError as error:
        raise DomainError(
            _("This is not a recovery key. Compare it with your note: 58 letters and digits, without 1, B, I, O."),
            field="key",
        ) from error
    counter = _Counter()
    try:
        place = queries.place_of(ensure_settings(), copy.place, INTERACTIVE)
        with place.open(copy.run.name) as file:
            pyrage.decrypt_io(file, counter, [identity])
    except PlaceError as error:
        raise DomainError(sentence(error.code, error.detail)) from error
    except (_EnoughError, pyrage.DecryptError, OSError) as error:
        if not counter.is_enough:
            raise DomainError(_why(str(error)), field="key") from error
    return Opened(counter.size, not counter.is_enough)


def _why(text: str) -> object:
    if _WRONG_KEY in text:
        return _("This key does not open this backup. It was made for another key.")
    return _("This copy is damaged. Use another one, and make a new backup.")
