"""Processes with Django loaded that start in a few milliseconds each; a new interpreter takes more than a second.

This file, run as a program, imports the rooms once and forks for each process. All tests of a test process share the
program. Before a fork, there is no thread and no database connection. Each process reads the settings again, from its
own environment.
"""

import ctypes
import gc
import importlib.util
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOADED = (
    "tests.faults.sink", "wabolt.alerts.services", "wabolt.backups.places", "wabolt.backups.services",
    "wabolt.contacts.services", "wabolt.contacts.tests.consumers", "wabolt.imports.services.runner",
    "wabolt.messaging.gateway", "wabolt.privacy.services", "wabolt.site.backup.scheduled", "wabolt.site.prepare",
    "wabolt.site.urls",
)  # fmt: skip
"""Modules that the processes of several tests import."""
LOADED_WITH_NUMBERS = (
    "google.protobuf.internal.builder", "linkpreview", "magic", "phonenumbers", "tests.waserver.server", "tqdm",
    "wabolt.channels.providers.linked.child",
)  # fmt: skip
"""Further modules, if neonize is installed: the test WhatsApp server, and what neonize imports. Neonize itself starts
threads when it is imported."""
LINUX = hasattr(os, "pidfd_open")
AUTHORITY = "authority.pem"
COMMAND = """
import os, sys
folder = sys.argv.pop(1)
for number, (name, mode) in enumerate((("typed", "r"), ("printed", "w"), ("said", "w"))):
    with open(f"{folder}/{name}", mode) as file:
        os.dup2(file.fileno(), number)
from wabolt.site.command import main
main()
"""
LOGGED = """
import os, sys
with open(sys.argv.pop(1), "wb") as log:
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
from wabolt.site.command import main
main()
"""


class Process:
    """A process that a fork server started. `returncode` is the negative signal number if a signal ended it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = _program().ask(poll=self.pid)
        return self.returncode

    def wait(self, timeout: float = 600) -> int:
        began = time.monotonic()
        while (code := self.poll()) is None:
            waited = time.monotonic() - began
            if waited > timeout:
                raise TimeoutError(f"process {self.pid} runs after {timeout} s")
            time.sleep(min(0.05, 0.005 + waited / 20))  # asking takes processor time from the process
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kills the process and waits for its end. A frozen process ends too."""
        self.send_signal(signal.SIGKILL)
        self.wait()


class ForkServer:
    """Starts processes that run Python code with the variables of `environment`, and no others.

    `is_quick`: a Python program that such a process starts with `sys.executable` is forked too (`quick_python`).
    """

    def __init__(self, environment: Mapping[str, str], *, is_quick: bool = False) -> None:
        path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        self._environment = {"PYTHONPATH": path, **environment}
        self._is_quick = is_quick
        self._running: list[Process] = []

    def start(self, code: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Process:
        """Starts a process that runs `code`. `sys.argv[1:]` are the `arguments`; `environment` is added to its own."""
        variables = {**self._environment, **(environment or {})}
        pid = _program().ask(code=code, arguments=arguments, environment=variables, is_quick=self._is_quick)
        self._running.append(Process(pid))
        return self._running[-1]

    def run(self, code: str, *arguments: str, environment: Mapping[str, str] | None = None) -> int:
        """Runs a process to its end and returns its exit code."""
        return self.start(code, *arguments, environment=environment).wait()

    def start_command(self, log: Path, *arguments: str) -> Process:
        """Starts ``wabolt`` with these arguments. Its output goes to `log`."""
        log.write_bytes(b"")
        return self.start(LOGGED, str(log), *arguments)

    def command(
        self, *arguments: str, typed: str = "", environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Runs ``wabolt`` with these arguments to its end. `typed` is its standard input."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "typed").write_text(typed)
            code = self.run(COMMAND, name, *arguments, environment=environment)
            printed, said = ((folder / stream).read_text() for stream in ("printed", "said"))
            return subprocess.CompletedProcess(["wabolt", *arguments], code, printed, said)

    def kill_all(self) -> None:
        """Kills the processes that still run."""
        while self._running:
            self._running.pop().kill()


def quick_python() -> str:
    """Returns the path of an interpreter that runs ``-c`` and ``-m`` in forked processes, for code that starts
    `sys.executable`. On other systems than Linux it is the interpreter itself."""
    return str(_program().folder / "python") if LINUX else sys.executable


def trust(authority: Path) -> None:
    """Libraries in Go trust this certificate authority in all processes. They read the environment with which the
    program started, not that of the fork."""
    if not (certificate := _program().folder / AUTHORITY).exists():
        certificate.symlink_to(authority)


def end() -> None:
    """Ends the program, if a test started it."""
    if _Kept.program is not None:
        _Kept.program.end()
        _Kept.program = None


class _Program:
    """This file as a running program."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wabolt-forking-"))
        python = self.folder / "python"
        python.write_text(f"#!{sys.executable} -IS\n" + Path(__file__).with_name("forked_python.py").read_text())
        python.chmod(0o755)
        path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        environment = {"WABOLT_HOME": str(self.folder / "home"), "DATABASE_URL": "postgresql:///", "PYTHONPATH": path}
        environment["SSL_CERT_FILE"] = str(self.folder / AUTHORITY)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", str(self.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, **environment},
        )  # fmt: skip
        self._lock = threading.Lock()
        self._read()  # it is ready

    def ask(self, **request: object) -> Any:
        """Sends a request to the program and returns its answer."""
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
        shutil.rmtree(self.folder)


class _Kept:
    program: _Program | None = None


def _program() -> _Program:
    if _Kept.program is None:
        _Kept.program = _Program()
    return _Kept.program


# -- the program


def _serve(folder: Path) -> None:
    """Answers the requests on standard input, until it is closed, and those of `forked_python`."""
    _load()
    attending: list[int] = []
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / "door"))
        door.listen(64)
        _answer("ready")
        while True:
            ready, _, _ = select.select([sys.stdin, door], [], [])
            attending = [pid for pid in attending if not os.waitpid(pid, os.WNOHANG)[0]]
            if door in ready:
                line = door.accept()[0]
                attending.append(os.fork())
                if not attending[-1]:
                    door.close()
                    _attend(line, str(folder / "python"))
                line.close()
            if sys.stdin in ready:
                request = sys.stdin.readline()
                if not request:
                    return
                _answer(_handle(json.loads(request), door, str(folder / "python")))


def _load() -> None:
    """Imports what the processes need, and fills the caches of the product's own processes."""
    from wabolt.site.preload import preload

    os.environ["WABOLT_FORKED"] = "1"  # a new name moves the environment; a library in Go reads it at its old place
    preload()
    for name in (*LOADED, *(LOADED_WITH_NUMBERS if importlib.util.find_spec("neonize") else ())):
        import_module(name)
    from django.db.migrations.loader import MigrationLoader

    from wabolt.site.baseline import baseline_migrations

    MigrationLoader(None)  # imports all migrations
    baseline_migrations()  # unpacks the script
    gc.freeze()


def _answer(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _handle(request: dict[str, Any], door: socket.socket, python: str) -> int | None:
    if "poll" in request:
        pid, status = os.waitpid(request["poll"], os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None
    pid = os.fork()
    if not pid:
        door.close()
        if request["is_quick"] and LINUX:
            sys.executable = python
        _become(lambda: _run_code(request["code"], request["arguments"]), request["environment"])
    return pid


def _run_code(code: str, arguments: list[str]) -> None:
    import django

    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # standard output belongs to the program's answers
    sys.argv = ["-c", *arguments]
    if code not in {COMMAND, LOGGED}:  # the command changes the environment before it reads the settings
        django.setup()  # logs as the environment says
    exec(code, {"__name__": "__main__"})


def _attend(line: socket.socket, python: str) -> None:
    """Runs a program for `forked_python` and sends it the status of the end. Kills the program if `forked_python` ends
    first."""
    os.dup2(2, 1)
    asking = int.from_bytes(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4), sys.byteorder)
    head, streams, _flags, _address = socket.recv_fds(line, 4, 3)
    with line.makefile("rb") as rest:
        request = json.loads(rest.read(int.from_bytes(head, "big")))
    pid = os.fork()
    if not pid:
        line.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _join_namespaces(asking)
        os.chdir(request["folder"])
        sys.executable = python
        _become(lambda: _run_python(request["arguments"]), request["environment"])
    for stream in streams:
        os.close(stream)
    with suppress(OSError):
        line.sendall(pid.to_bytes(4, "big"))
    watched = select.poll()
    watched.register(os.pidfd_open(pid), select.POLLIN)
    watched.register(line, 0)
    if any(descriptor == line.fileno() for descriptor, _event in watched.poll()):
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    with suppress(OSError):
        line.sendall(status.to_bytes(4, "big"))
    os._exit(0)


def _join_namespaces(pid: int) -> None:
    """Moves the present process into the network of another one, and to the files that it sees (setns(2))."""
    for kind in ("net", "mnt"):
        with Path(f"/proc/{pid}/ns/{kind}").open("rb") as theirs:
            is_ours = Path(f"/proc/self/ns/{kind}").stat().st_ino == os.fstat(theirs.fileno()).st_ino
            if not is_ours and ctypes.CDLL(None, use_errno=True).setns(theirs.fileno(), 0):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _run_python(arguments: list[str]) -> None:
    option, what, *more = arguments
    sys.argv = [option, *more]
    if option == "-c":
        exec(what, {"__name__": "__main__"})
    else:
        if not hasattr(sys.modules.get(what), "__path__"):
            sys.modules.pop(what, None)  # what runs as `__main__` is not there under its name
        runpy.run_module(what, run_name="__main__", alter_sys=True)


def _become(work: Callable[[], None], environment: dict[str, str]) -> None:
    """Does `work` in the present process and ends it, as an interpreter does with a program."""
    result = 1
    try:
        os.environ.clear()
        os.environ.update(environment)
        path = [folder for folder in environment.get("PYTHONPATH", "").split(os.pathsep) if folder]
        sys.path[:] = [*path, *(folder for folder in sys.path if folder not in path)]
        _forget_settings()
        work()
        result = 0
    except SystemExit as end:
        result = end.code if isinstance(end.code, int) else int(bool(end.code))
        if isinstance(end.code, str):
            sys.stderr.write(end.code + "\n")
    except BaseException:  # noqa: BLE001 -- as an interpreter does at its end
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(result)


def _forget_settings() -> None:
    """From now on, the settings are those of the present environment."""
    from django.conf import empty, settings
    from django.core.cache import caches
    from django.db import connections

    from wabolt import site

    for name in ("settings", "asgi"):  # the handler of requests keeps settings
        del sys.modules[f"wabolt.site.{name}"]
        delattr(site, name)
    settings._wrapped = empty
    for handler in (connections, caches):
        handler.__dict__.pop("settings", None)
        handler._settings = None
        for alias in ("default", "fragments"):
            with suppress(AttributeError):
                del handler[alias]


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
