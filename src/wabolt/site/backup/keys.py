"""The recovery key of this installation, for code without Django (`wabolt.backups.recovery_key`)."""

import os

import psycopg
import pyrage
from pyrage.x25519 import Identity, Recipient

from wabolt.backups import recovery_key
from wabolt.backups.other_database import recipients_in
from wabolt.lib.commands import shell_command
from wabolt.site import home
from wabolt.site.backup.errors import BackupError
from wabolt.site.words import _


def recipients() -> list[Recipient]:
    """Returns the recipients of new backups: ``WABOLT_BACKUP_RECIPIENTS``, else the key in the database.

    Raises BackupError if there is none yet.
    """
    found = os.environ.get("WABOLT_BACKUP_RECIPIENTS", "").replace(",", " ").split() or _stored()
    if not found:
        advice = _("This installation has no recovery key yet. Make one with: {command}")
        raise BackupError(advice.format(command=shell_command("backup-key")))
    try:
        return [Recipient.from_str(text) for text in found]
    except pyrage.RecipientError as error:
        raise BackupError(
            _("WABOLT_BACKUP_RECIPIENTS does not contain age recipients (age1...), separated by commas.")
        ) from error


def _stored() -> list[str]:
    with psycopg.connect(home.database_url()) as connection:
        return recipients_in(connection)


def parse_key(text: str) -> Identity:
    """Returns the recovery key that the owner typed. Raises BackupError for a typing error."""
    try:
        return recovery_key.parse(text)
    except ValueError as error:
        raise BackupError(
            _("This is not a recovery key. Compare it with your note: 58 letters and digits, without 1, B, I, O.")
        ) from error
