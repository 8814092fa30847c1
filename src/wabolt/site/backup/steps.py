"""The process `site.backup.rooms` of a restore, as the restore sees it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from wabolt.site import home
from wabolt.site.backup.errors import BackupError
from wabolt.site.words import _


def run_step(url: str, keys: Mapping[str, str], step: str, **arguments: Any) -> None:
    """Runs a step of `site.backup.rooms` on the database of ``url``, with these keys of the home folder.

    Raises BackupError with the last line of its error output if it fails.
    """
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "wabolt.site.settings"}
    for name, key in keys.items():
        environment.setdefault(home.KEYS[name], key)
    done = subprocess.run(
        [sys.executable, "-m", "wabolt.site.backup.rooms"], env=environment, check=False, text=True, errors="replace",
        input=json.dumps({"step": step, **arguments}), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    if done.returncode:
        reason = printable((done.stderr.strip().splitlines() or [""])[-1])
        raise BackupError(
            _("The restored data could not be made ready; nothing was changed. {reason}").format(reason=reason)
        )


def printable(text: str) -> str:
    """Returns a text of the backup for the terminal, without characters that control it."""
    return "".join(character if character.isprintable() else " " for character in text)[:500]
