"""The recovery key: the private half of an age key pair. After its confirmation only the owner has it.

The key is the text of an age identity without its prefix, in groups of four characters. It includes a checksum. The
program `age` can also open a backup: ``age -d -i KEYFILE FILE > backup.zip``, where KEYFILE holds ``AGE-SECRET-KEY-1``
and the key without spaces.
"""

import re

import pyrage
from pyrage.x25519 import Identity

PREFIX = "AGE-SECRET-KEY-1"  # prefix and separator of the bech32 text (https://age-encryption.org/v1)
GROUP = 4


def create() -> str:
    """Returns a new recovery key, as it is shown to the owner."""
    return shown(str(Identity.generate()))


def shown(identity: str) -> str:
    """Returns an age identity as it is shown to the owner: without its prefix, in groups of four characters."""
    text = identity.removeprefix(PREFIX)
    return " ".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def parse(text: str) -> Identity:
    """Returns the recovery key that the owner typed: in any case, with spaces or dashes, with or without age's prefix.

    Raises ValueError for a typing error, which the checksum reveals.
    """
    plain = re.sub(r"[\s-]", "", text).upper().removeprefix(PREFIX.replace("-", ""))
    try:
        identity: Identity = Identity.from_str(PREFIX + plain)
    except pyrage.IdentityError as error:
        raise ValueError("not a recovery key") from error
    return identity


def recipient_of(key: str) -> str:
    """Returns the public half ("age1...") of a key. Raises ValueError."""
    return str(parse(key).to_public())


def last_group(key: str) -> str:
    """Returns the last group of a key, which the owner types to confirm that they wrote it down."""
    return key.split()[-1]
