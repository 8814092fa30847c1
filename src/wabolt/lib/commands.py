"""The shell command that fits this installation, for pages and messages."""

import os
import pwd
import shutil
import sys
from pathlib import Path

_SOURCE = Path(__file__).resolve().parents[3]
"""The folder of a clone: the parent of `src`. In an installed package it is some folder of the environment."""

_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""Files of Docker and Podman in a container, whose commands run as its own user."""


def shell_command(arguments: str) -> str:
    """Returns the command line that runs ``wabolt ARGUMENTS`` here.

    In a clone it is typed in the clone's folder: ``make run`` and ``make demo`` for ``up`` and ``demo``, else
    ``.venv/bin/python -m wabolt ARGUMENTS``. Elsewhere it is ``wabolt ARGUMENTS`` if the shell finds that program, else
    the program's path. A home folder below the clone or the user's home that differs from the default, such as the
    demo's, is set in front. The command of a service is typed by root, as `wabolt install-service` says.
    """
    first, _space, rest = arguments.partition(" ")
    environment = Path(sys.prefix)
    if (_SOURCE / "Makefile").is_file() and environment.resolve() == (_SOURCE / ".venv").resolve():
        if first in ("up", "demo"):
            return f"make {'run' if first == 'up' else 'demo'}" + (f' ARGS="{rest}"' if rest else "")
        return f"{_home()}.venv/bin/python -m wabolt {arguments}"
    program = environment / "bin" / "wabolt"
    if account := _service_account():
        home = os.environ.get("WABOLT_HOME") or _user_home() / ".local" / "share" / "wabolt"
        typed = program if program.exists() else f"{sys.executable} -m wabolt"
        return f"runuser -u {account} -- env WABOLT_HOME={home} {typed} {arguments}"
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


def _service_account() -> str:
    """Returns the account of this process if it has no login shell; "" otherwise, and in a container."""
    try:
        account = pwd.getpwuid(os.geteuid())
    except KeyError:
        return ""
    is_service = account.pw_shell.rpartition("/")[2] in {"nologin", "false"}
    return account.pw_name if is_service and not any(mark.exists() for mark in _CONTAINER) else ""


def _user_home() -> Path:
    return Path(os.path.expanduser("~"))  # noqa: PTH111 -- Path.home() raises for a user without a home


def _short(path: Path) -> str:
    return f"~/{path.relative_to(_user_home())}" if path.is_relative_to(_user_home()) else str(path)
