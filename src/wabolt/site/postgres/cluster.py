"""The PostgreSQL server of one folder: create, start, adopt, recover, stop."""

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Literal
from urllib.parse import quote

import psycopg
from psycopg.conninfo import make_conninfo

from wabolt.lib.commands import shell_command
from wabolt.site.postgres import orphans, roles
from wabolt.site.postgres.errors import ClusterError
from wabolt.site.postgres.places import Places, find_places, find_programs, prepare
from wabolt.site.postgres.roles import ADMIN, DATABASE, USER
from wabolt.site.postgres.tuning import configuration, memory_megabytes
from wabolt.site.words import _

StartResult = Literal["started", "adopted", "recovered"]
Report = Callable[[str], None]

PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # environment variables that the server receives
ACCEPTING, REJECTING = psycopg.pq.Ping.OK, psycopg.pq.Ping.REJECT
PATIENCE = 3  # seconds that a server may take to answer
POLL_INTERVAL = 0.05  # seconds between two checks of a starting or stopping server
STOP_TIMEOUT = 120.0  # seconds that a server gets to write everything to the disk
REPORT_INTERVAL = 5.0  # seconds between two reports to the waiting owner
_LOCAL_ADMIN = f"# the superuser connects over the socket alone\nhost all {ADMIN} all reject\n"
WATCH_INTERVAL = 1.0  # seconds between two checks of a running server


class Cluster:
    """The PostgreSQL server that belongs to ``folder``.

    Any number of processes may call ``start`` at once. The lock ``start.lock`` lets one of them start the server; the
    others adopt it. A second lock, ``server.lock``, shows whether the server is alive: the server and all its processes
    inherit the lock, and the kernel releases it when the last of them ends. No pid file is read, because it may be
    stale, half written, or name another program.

    ``durable=False`` gives up safety on power loss for speed. It is for tests.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = Path(folder).absolute()
        self.durable = durable
        self._using: int | None = None  # descriptor of users.lock, open while we use the server

    @cached_property
    def places(self) -> Places:
        """The paths of the cluster. Raises ClusterError if there is no usable one."""
        return find_places(self.folder)

    @cached_property
    def programs(self) -> Path:
        """The folder with PostgreSQL's programs."""
        return find_programs(self.places.account)

    def url(self, database: str = DATABASE) -> str:
        """Returns the connection URL of the application for ``database``. Raises ClusterError before the first
        start."""
        return self._url(USER, self.places.password, database)

    def admin_url(self, database: str = DATABASE) -> str:
        """Returns the connection URL of the superuser. Use it only to create, rename and drop databases."""
        return self._url(ADMIN, self.places.admin_password, database)

    def _url(self, user: str, file: Path, database: str) -> str:
        try:
            password = file.read_text("ascii").strip()
        except FileNotFoundError:
            raise ClusterError(
                _("The database in {folder} does not exist yet. Start it with: {command}").format(
                    folder=self.folder, command=shell_command("up")
                )
            ) from None
        host = quote(str(self.places.socket), safe="")
        return f"postgresql://{user}:{password}@/{quote(database)}?host={host}"

    def ping(self) -> bool:
        """Whether the server accepts connections now."""
        return self.places.data.exists() and self._ask() == ACCEPTING

    def start(self, report: Report | None = None) -> StartResult:
        """Starts the server and waits until it accepts connections, however long crash recovery takes.

        ``report`` receives a sentence every few seconds meanwhile. Returns ``started``, ``adopted`` (the server was
        running) or ``recovered`` (the server had not been stopped cleanly). Raises ClusterError with the reason.
        """
        say = report or (lambda _text: None)
        prepare(self.places)
        with self._locked("start.lock"):
            if self._using is None:
                self._using = os.open(self.places.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._using, fcntl.LOCK_SH)
            result = self._bring_up(say)
            roles.ensure(self.places)
            return result

    def wait_for_end(self) -> None:
        """Returns when the running server stops accepting connections."""
        path = str(self.places.socket / ".s.PGSQL.5432")
        while True:
            with socket.socket(socket.AF_UNIX) as probe:
                try:
                    probe.connect(path)
                except OSError:
                    return
            time.sleep(WATCH_INTERVAL)

    def stop(self) -> None:
        """Stops the server cleanly. Open transactions are rolled back, and everything committed is on the disk."""
        if not self.places.data.exists():
            return
        with self._locked("start.lock"):
            self._stop()

    def leave(self) -> bool:
        """Stops the server unless another caller of ``start`` still uses it. Returns whether it was stopped."""
        if self._using is None:
            return False
        with self._locked("start.lock"):
            try:
                fcntl.flock(self._using, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            finally:
                self._forget()
            self._stop()
            return True

    def remove(self) -> None:
        """Stops the server and deletes the cluster with all its data. For tests."""
        self.stop()
        self._forget()
        for folder in (self.places.socket, self.places.folder, self.folder):
            shutil.rmtree(folder, ignore_errors=True)

    # -- called with start.lock held
    # ------------------------------------------------------------------------------------

    def _bring_up(self, say: Report) -> StartResult:
        self._initialise(say)
        answer = self._ask()
        if answer == ACCEPTING:
            return "adopted"
        if answer == REJECTING:
            self._wait_until_ready(say)
            return "adopted"
        if self._alive():
            orphans.end_orphans(self.places.data, self._alive)
        (self.places.data / "postmaster.pid").unlink(missing_ok=True)
        (self.places.socket / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        crashed = self._crashed()
        if crashed:
            say(_("The database was not stopped cleanly. It is checking itself; this can take some minutes."))
        self._configure()
        self._launch()
        self._wait_until_ready(say)
        return "recovered" if crashed else "started"

    def _initialise(self, say: Report) -> None:
        """Creates the data folder under another name and renames it when it is complete."""
        places = self.places
        if places.data.exists():
            self._check_version()
            return
        say(_("Preparing the database for the first time."))
        draft = places.folder / "pgdata.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        for path in (places.password, places.admin_password):
            roles.write_password(path, places)
        places.account.chown(draft)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--locale-provider=builtin"]
        options += ["--builtin-locale=C.UTF-8", "--data-checksums", "--no-instructions"]
        if not self.durable:
            options.append("--no-sync")
        code, output = self._call("initdb", "-D", draft, "-U", ADMIN, f"--pwfile={places.admin_password}", *options)
        if code:
            raise ClusterError(
                _("The database could not be created in {folder}:\n{reason}").format(
                    folder=places.folder, reason=output.strip()
                )
            )
        with (draft / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude = 'wabolt.conf'\ninclude_if_exists = 'local.conf'\n")
        draft.rename(places.data)

    def _check_version(self) -> None:
        code, output = self._call("postgres", "--version")
        if code:
            raise _does_not_run(self.programs / "postgres", output.strip())
        program = output.split()[-1].split(".")[0]
        data = (self.places.data / "PG_VERSION").read_text().strip()
        if program != data:
            raise ClusterError(
                _(
                    "The data in {folder} was written by PostgreSQL {theirs}; this is PostgreSQL {ours}. Make a backup "
                    "with the WABolt that wrote it, move the folder away, restore."
                ).format(folder=self.places.data, theirs=data, ours=program)
            )

    def _configure(self) -> None:
        path = self.places.data / "wabolt.conf"
        draft = path.with_suffix(".new")
        text = configuration(self.places.socket, durable=self.durable, memory=memory_megabytes())
        draft.write_text(text, encoding="utf-8")
        self.places.account.chown(draft)
        draft.rename(path)
        access = self.places.data / "pg_hba.conf"
        rules = access.read_text("utf-8")
        if not rules.startswith(_LOCAL_ADMIN):  # needed when local.conf opens the network
            access.write_text(_LOCAL_ADMIN + rules, encoding="utf-8")

    def _launch(self) -> None:
        # the server inherits the descriptor; we close ours, and the server keeps the lock
        with (self.places.folder / "server.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            code, output = self._call(
                "pg_ctl", "start", "-W", "-D", self.places.data, "-l", self._log, inherit=(lock.fileno(),)
            )
        if code:
            raise ClusterError(
                _("The database did not start:\n{reason}").format(reason=f"{output.strip()}\n{self._log_tail()}")
            )

    def _wait_until_ready(self, say: Report) -> None:
        started = reported = time.monotonic()
        while (answer := self._ask()) != ACCEPTING:
            if answer != REJECTING and not self._alive():
                raise ClusterError(_("The database did not start:\n{reason}").format(reason=self._log_tail()))
            now = time.monotonic()
            if now - reported >= REPORT_INTERVAL:
                reported = now
                text = _("The database is still getting ready ({seconds:.0f} s). Nothing is lost; please wait.")
                say(text.format(seconds=now - started))
            time.sleep(POLL_INTERVAL)

    def _stop(self) -> None:
        if self._ask() in {ACCEPTING, REJECTING}:
            # not `pg_ctl stop -w`: it takes a zombie for a running server
            code, output = self._call("pg_ctl", "stop", "-W", "-m", "fast", "-D", self.places.data)
            if code:
                raise ClusterError(_("The database did not stop: {reason}").format(reason=output.strip()))
            deadline = time.monotonic() + STOP_TIMEOUT
            while time.monotonic() < deadline and (self._alive() or self._ask() in {ACCEPTING, REJECTING}):
                time.sleep(POLL_INTERVAL)
        if self._alive():
            orphans.end_orphans(self.places.data, self._alive)

    def _forget(self) -> None:
        """Releases users.lock."""
        if self._using is not None:
            os.close(self._using)
            self._using = None

    # -- state of the server
    # ------------------------------------------------------------------------------------------

    def _ask(self) -> int:
        """Asks the server whether it accepts connections, as pg_isready does, but without a new process: a start and a
        stop ask about ten times."""
        where = make_conninfo(
            host=str(self.places.socket), port=5432, user=ADMIN, dbname="postgres", connect_timeout=PATIENCE
        )
        return psycopg.pq.PGconn.ping(where.encode())

    def _alive(self) -> bool:
        """Whether a process of the server still holds the lock that it inherited."""
        with (self.places.folder / "server.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def _crashed(self) -> bool:
        _code, output = self._call("pg_controldata", "-D", self.places.data)
        states = [line.split(":", 1)[1].strip() for line in output.splitlines() if "cluster state" in line]
        return bool(states) and not states[0].startswith("shut down")

    @property
    def _log(self) -> Path:
        return self.places.data / "start.log"

    def _log_tail(self) -> str:
        """Returns the end of the server's two newest log files."""
        logs = [self._log, *(self.places.data / "log").glob("*.log")]
        written = sorted((log for log in logs if log.exists()), key=lambda log: log.stat().st_mtime)
        return "\n".join(log.read_text("utf-8", "replace")[-800:] for log in written[-2:]).strip()

    @contextlib.contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        with (self.places.folder / name).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _call(self, program: str, *arguments: str | Path, inherit: tuple[int, ...] = ()) -> tuple[int, str]:
        """Runs a program as the cluster's operating system user. Returns its exit code and output. Raises ClusterError
        if it cannot be started."""
        path = self.programs / program
        # not a pipe: a server that inherits a pipe would keep us waiting for its end
        with _scratch() as output:
            try:
                done = subprocess.run(  # noqa: S603 -- our own programs
                    [str(path), *map(str, arguments)],
                    cwd="/",
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=inherit,
                    check=False,
                    **self.places.account.popen_options(),
                )
            except OSError as error:
                raise _does_not_run(path, error.strerror or str(error)) from error
            output.seek(0)
            return done.returncode, output.read().decode("utf-8", "replace")


def _does_not_run(program: Path, reason: str) -> ClusterError:
    return ClusterError(
        _(
            "The database program {program} does not run ({reason}). Install WABolt again. If WABOLT_PG_BIN is set, it "
            "must be the bin folder of PostgreSQL 18."
        ).format(program=program, reason=reason)
    )


def _environment() -> dict[str, str]:
    return {**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, "LC_ALL": "C"}


def _scratch() -> IO[bytes]:
    """Returns a temporary file without a name, in memory where the system supports it: a full disk must still be
    reported."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("wabolt"), "w+b")
    return tempfile.TemporaryFile()
