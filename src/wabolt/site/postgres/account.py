"""The operating system user that PostgreSQL runs as.

PostgreSQL refuses to run as root. When root starts WABolt, PostgreSQL runs as an existing unprivileged user. WABolt
creates no user and changes the rights of its own folders only.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wabolt.site.postgres.errors import ClusterError
from wabolt.site.words import _

CANDIDATES = ("wabolt", "postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An operating system user; ``uid`` is None for the user of this process."""

    uid: int | None
    gid: int | None

    def chown(self, *paths: Path) -> None:
        """Makes this user the owner of ``paths``."""
        for path in paths:
            if self.uid is not None and self.gid is not None:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def popen_options(self) -> dict[str, Any]:
        """Keyword arguments for subprocess that run a program as this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_run(self, command: Sequence[str]) -> bool:
        """Whether this user can run ``command`` with exit code 0."""
        try:
            done = subprocess.run(  # noqa: S603 -- our own programs
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                **self.popen_options(),
            )
        except OSError:
            return False
        return done.returncode == 0

    def can_enter(self, folder: Path) -> bool:
        """Whether this user may enter ``folder`` and every folder above it."""
        return self.uid is None or self.can_run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)])


def account_for(data: Path) -> Account:
    """Returns the user for the data folder ``data``: its owner if the folder exists, so that the choice never changes.

    Raises ClusterError if there is no user that PostgreSQL can run as.
    """
    me = os.geteuid()
    owner = _owner(data)
    if me != 0:
        if owner is not None and owner != me:
            raise ClusterError(
                _(
                    "{data} belongs to the user {name}. Run wabolt as that user or as root, "
                    "or choose another home folder with WABOLT_HOME."
                ).format(data=data, name=_name(owner))
            )
        return Account(None, None)
    if owner is not None and owner != 0:
        return Account(owner, pwd.getpwuid(owner).pw_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise ClusterError(
        _(
            "PostgreSQL does not run as root, and none of the users {names} exists to run it. "
            "Run wabolt as an ordinary user, or set DATABASE_URL."
        ).format(names=", ".join(CANDIDATES))
    )


def _owner(data: Path) -> int | None:
    """Returns the owner of ``data``, or of the closed folder that contains it; None if ``data`` does not exist."""
    try:
        return data.stat().st_uid
    except FileNotFoundError:
        return None
    except PermissionError:
        return data.parent.stat().st_uid


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
