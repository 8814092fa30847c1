"""The shell command that fits this installation, for pages and messages."""

import os
import shutil
import sys
from pathlib import Path

_SOURCE = Path(__file__).resolve().parents[3]
"""The folder of a clone: the parent of `src`. In an installed package it is some folder of the environment."""


def shell_command(arguments: str) -> str:
    """Returns the command line that runs ``wabolt ARGUMENTS`` here.

    In a clone it is typed in the clone's folder: ``make run`` and ``make demo`` for ``up`` and ``demo``, else
    ``.venv/bin/python -m wabolt ARGUMENTS``. Elsewhere it is ``wabolt ARGUMENTS`` if the shell finds that program, else
    the program's path. A home folder below the clone or the user's home that differs from the default, such as the
    demo's, is set in front.
    """
    first, _space, rest = arguments.partition(" ")
    environment = Path(sys.prefix)
    if (_SOURCE / "Makefile").is_file() and environment.resolve() == (_SOURCE / ".venv").resolve():
        if first in ("up", "demo"):
            return f"make {'run' if first == 'up' else 'demo'}" + (f' ARGS="{rest}"' if rest else "")
        return f"{_home()}.venv/bin/python -m wabolt {arguments}"
    program = environment / "bin" / "wabolt"
    found = shutil.which("wabolt")
    if found is not None and Path(found).resolve() == program.resolve():
        return f"{_home()}wabolt {arguments}"
    path = _short(program) if program.exists() else f"{_short(Path(sys.executable))} -m wabolt"
    return f"{_home()}{path} {arguments}"


def _home() -> str:
    """Returns "WABOLT_HOME=... " when this process has a home folder that the operator's shell does not know."""
    chosen = os.environ.get("WABOLT_HOME", "")
    folder = Path(chosen).expanduser().absolute()
    if chosen and folder.is_relative_to(_SOURCE):
        return f"WABOLT_HOME={folder.relative_to(_SOURCE)} "
    return f"WABOLT_HOME={_short(folder)} " if chosen and folder.is_relative_to(_user_home()) else ""


def _user_home() -> Path:
    return Path(os.path.expanduser("~"))  # noqa: PTH111 -- Path.home() raises for a user without a home


def _short(path: Path) -> str:
    return f"~/{path.relative_to(_user_home())}" if path.is_relative_to(_user_home()) else str(path)
