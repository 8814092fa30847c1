"""For tests: call the control API, or run the server as a subprocess."""

import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.forking import ForkServer

ROOT = Path(__file__).resolve().parents[2]
RUN = "import sys; sys.stdout = open(sys.argv.pop(1), 'w'); from tests.waserver.__main__ import main; main()"
_OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy from the environment


def ctl(port: int, command: str, **args):
    """One control command; raises RuntimeError with the server's own words."""
    req = urllib.request.Request(f"http://127.0.0.1:{port}/ctl/{command}", json.dumps(args).encode(), method="POST")
    try:
        with _OPEN.open(req, timeout=60) as r:
            return json.load(r)["result"]
    except urllib.error.HTTPError as e:
        raise RuntimeError(json.load(e)["error"]) from None


def wait_event(port: int, kind: str, seconds: float = 120, **match) -> dict:
    """The first event of that kind (also a past one) whose fields match. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for e in ctl(port, "events", kind=kind):
            if all(e.get(k) == v for k, v in match.items()):
                return e
        time.sleep(0.05)
    raise TimeoutError(f"no {kind} {match}")


class ServerProcess:
    """`with ServerProcess(state) as s:` then s.port, s.env, s.ctl("pair", qr=..., phone=...).

    `within`: a command that runs the server, for example in another network. `forks`: starts the server in a few
    milliseconds instead of half a second.
    """

    def __init__(self, state: str | Path, *options: str, forks: ForkServer | None = None, within: Sequence[str] = ()):
        self._arguments = ["serve", "--state", str(state), *options]
        self._forks = forks
        self._within = within

    def __enter__(self) -> Self:
        with tempfile.NamedTemporaryFile("r") as printed:
            if self._forks:
                self.proc = self._forks.start(RUN, printed.name, *self._arguments)
            else:
                command = [*self._within, sys.executable, "-c", RUN, printed.name, *self._arguments]
                self.proc = subprocess.Popen(command, cwd=ROOT)
            end = time.monotonic() + 60
            while not (line := printed.readline()).endswith("\n"):
                printed.seek(0)
                assert self.proc.poll() is None, "the server ended"
                assert time.monotonic() < end, "the server does not start"
                time.sleep(0.005)
        info = json.loads(line)
        self.port, self.env = info["port"], info["env"]
        return self

    def ctl(self, command: str, **args):
        return ctl(self.port, command, **args)

    def wait_event(self, kind: str, **match) -> dict:
        """The first event of that kind whose fields match, also a past one."""
        return wait_event(self.port, kind, **match)

    def __exit__(self, *exc) -> None:
        self.proc.send_signal(signal.SIGTERM)
        self.proc.wait(60)
