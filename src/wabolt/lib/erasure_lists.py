"""The list of erased people: a small file next to the backups, so that a restore on another machine erases them again.

It holds pseudonyms (`lib.pseudonyms`), ids and times, and no address. It is sealed (`lib.vault`) with a key that is
derived from the erasure key. That key is in the home folder and in every backup, there under the recovery key. This
module is used without Django as well.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from wabolt.lib.vault import SealBrokenError, seal_file, unseal_file

LARGEST = 200_000_000  # bytes of a list that is read: more than a million people


class Opened(NamedTuple):
    """The content of a list, plain JSON, and when it was written."""

    content: dict[str, Any]
    at: datetime


def sealed(key: str, content: Mapping[str, Any]) -> bytes:
    """The file for `content`, which is plain JSON. `key`: the erasure key of the installation."""
    return seal_file(key, json.dumps(content, separators=(",", ":")).encode())


def opened(key: str, file: bytes) -> Opened | None:
    """A list; None if another installation wrote the file, or if it was changed."""
    try:
        content, at = unseal_file(key, file)
    except SealBrokenError:
        return None
    return Opened(json.loads(content), at)
