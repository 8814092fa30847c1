"""The process `site.backup.rooms` of a restore, as the restore sees it."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Any

from wabolt.site import home
from wabolt.site.backup.errors import BackupError
from wabolt.site.words import _


class Steps:
    """Runs steps of `site.backup.rooms` on one database."""

    def __init__(self, process: "subprocess.Popen[str]", complaint: IO[bytes]) -> None:
        self._process = process
        self._complaint = complaint

    def run(self, step: str, **arguments: Any) -> None:
        """Runs a step to its end. Raises BackupError with the last line of its error output; nothing can run after
        it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"step": step, **arguments}) + "\n")
            self._process.stdin.flush()
        if self._process.stdout.readline():
            return
        self._process.wait()
        self._complaint.seek(0)
        lines = self._complaint.read().decode(errors="replace").strip().splitlines()
        reason = printable((lines or [""])[-1])
        raise BackupError(
            _("The restored data could not be made ready; nothing was changed. {reason}").format(reason=reason)
        )


@contextmanager
def steps_on(url: str, keys: Mapping[str, str]) -> Iterator[Steps]:
    """A process for steps on the database of ``url``, with these keys of the home folder. It has ended after the
    block."""
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "wabolt.site.settings"}
    for name, key in keys.items():
        environment.setdefault(home.KEYS[name], key)
    with (
        tempfile.TemporaryFile() as complaint,
        subprocess.Popen(
            [sys.executable, "-m", "wabolt.site.backup.rooms"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaint, text=True,
        ) as process,
    ):  # fmt: skip
        try:
            yield Steps(process, complaint)
        except BaseException:
            process.kill()
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # of a line that the process did not read; Popen would raise it instead
                process.stdin.close()
            raise
        process.communicate()


def printable(text: str) -> str:
    """Returns a text of the backup for the terminal, without characters that control it."""
    return "".join(character if character.isprintable() else " " for character in text)[:500]
