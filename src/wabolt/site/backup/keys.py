"""The recovery key: the private half of an age key pair. Only the owner has it.

The home folder keeps the public half, the recipient, so that backups can be made without the owner. The recovery key is
the text of an age identity without its prefix, in groups of four characters. It includes a checksum. The age program
opens a backup too: ``age -d -i KEYFILE FILE > backup.zip``, where KEYFILE holds ``AGE-SECRET-KEY-1`` and the key
without spaces.
"""

import re

import pyrage
from pyrage.x25519 import Identity, Recipient

from wabolt.lib.commands import shell_command
from wabolt.site import home
from wabolt.site.backup.errors import BackupError
from wabolt.site.words import _

PREFIX = "AGE-SECRET-KEY-1"  # prefix and separator of the bech32 text (https://age-encryption.org/v1)
GROUP = 4


def create_key() -> str:
    """Make a new recovery key, store its recipient, and return the key for the owner to write down.

    Later backups open with this key only; earlier backups keep theirs.
    """
    identity = Identity.generate()
    home.store_recipient(str(identity.to_public()))
    return shown(str(identity))


def shown(identity: str) -> str:
    """An age identity as it is shown to the owner: without its prefix, in groups of four characters."""
    text = identity.removeprefix(PREFIX)
    return " ".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def recipients() -> list[Recipient]:
    """The recipients of new backups. Raises BackupError if no recovery key was made yet."""
    found = home.recipients()
    if not found:
        advice = _("This installation has no recovery key yet. Make one with: {command}")
        raise BackupError(advice.format(command=shell_command("backup-key")))
    try:
        return [Recipient.from_str(text) for text in found]
    except pyrage.RecipientError as error:
        raise BackupError(
            _("WABOLT_BACKUP_RECIPIENTS does not hold age recipients (age1...), separated by commas.")
        ) from error


def parse_key(text: str) -> Identity:
    """The recovery key that the owner typed: in any case, with spaces or dashes, with or without age's prefix.

    Raises BackupError for a typing error, which the checksum reveals.
    """
    plain = re.sub(r"[\s-]", "", text).upper().removeprefix(PREFIX.replace("-", ""))
    try:
        identity: Identity = Identity.from_str(PREFIX + plain)
    except pyrage.IdentityError as error:
        raise BackupError(
            _("This is not a recovery key. Compare it with your note: 58 letters and digits, without 1, B, I, O.")
        ) from error
    return identity
