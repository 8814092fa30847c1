"""Processes with Django loaded that start in a few milliseconds each; a new interpreter takes more than a second.

`ForkServer` runs this file as a program, which sets Django up once and forks for each process. Before a fork, there is
no thread and no database connection.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
COMMAND = """
import os, sys
folder = sys.argv.pop(1)
for number, (name, mode) in enumerate((("typed", "r"), ("printed", "w"), ("said", "w"))):
    with open(f"{folder}/{name}", mode) as file:
        os.dup2(file.fileno(), number)
from wabolt.site.command import main
main()
"""


class Process:
    """A process that a fork server started. `returncode` is the negative signal number if a signal ended it."""

    def __init__(self, server: "ForkServer", pid: int) -> None:
        self._server = server
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._server.ask(poll=self.pid)
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
    """Starts processes that run Python code with the settings of `environment`.

    `prelude`: code that runs once after `django.setup()`, such as imports that all processes need.
    """

    def __init__(self, environment: Mapping[str, str], prelude: str = "") -> None:
        path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", prelude], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**environment, "PYTHONPATH": path},
        )  # fmt: skip
        self._running: list[Process] = []

    def start(self, code: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Process:
        """Starts a process that runs `code`. `sys.argv[1:]` are the `arguments`; `environment` is added to its own."""
        pid = self.ask(code=code, arguments=arguments, environment=dict(environment or {}))
        self._running.append(Process(self, pid))
        return self._running[-1]

    def run(self, code: str, *arguments: str, environment: Mapping[str, str] | None = None) -> int:
        """Runs a process to its end and returns its exit code."""
        return self.start(code, *arguments, environment=environment).wait()

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

    def end(self) -> None:
        self.kill_all()
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(10)
        self._server.stdout.close()

    def ask(self, **request: object) -> Any:
        """Sends a request to the program and returns its answer."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return json.loads(self._server.stdout.readline())


def _serve(prelude: str) -> None:
    """Answers the requests on standard input until it is closed."""
    import django

    gc.disable()
    django.setup()
    exec(prelude, {})
    gc.freeze()
    gc.enable()
    for line in sys.stdin:
        request = json.loads(line)
        if "poll" in request:
            pid, status = os.waitpid(request["poll"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        else:
            answer = os.fork()
            if not answer:
                _become(**request)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _become(code: str, arguments: list[str], environment: dict[str, str]) -> None:
    """Runs the code of a request in the present process and ends it."""
    result = 1
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)  # standard output belongs to the server's answers
        os.environ.update(environment)
        sys.argv = ["-c", *arguments]
        exec(code, {"__name__": "__main__"})
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


if __name__ == "__main__":
    _serve(sys.argv[1])
