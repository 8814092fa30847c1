"""For tests: call the control API, or run the server as a subprocess."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
_OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy from the environment


def ctl(port: int, command: str, **args):
    """One control command; raises RuntimeError with the server's own words."""
    req = urllib.request.Request(f"http://127.0.0.1:{port}/ctl/{command}", json.dumps(args).encode(), method="POST")
    try:
        with _OPEN.open(req, timeout=60) as r:
            return json.load(r)["result"]
    except urllib.error.HTTPError as e:
        raise RuntimeError(json.load(e)["error"]) from None


def wait_event(port: int, kind: str, seconds: float = 15, **match) -> dict:
    """The first event of that kind (also a past one) whose fields match. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for e in ctl(port, "events", kind=kind):
            if all(e.get(k) == v for k, v in match.items()):
                return e
        time.sleep(0.05)
    raise TimeoutError(f"no {kind} {match}")


class ServerProcess:
    """`with ServerProcess(state) as s:` then s.port, s.env, s.ctl("pair", qr=..., phone=...)."""

    def __init__(self, state: str | Path, *options: str):
        self._cmd = [sys.executable, "-m", "tests.waserver", "serve", "--state", str(state), *options]

    def __enter__(self) -> Self:
        self.proc = subprocess.Popen(self._cmd, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        info = json.loads(self.proc.stdout.readline())
        self.port, self.env = info["port"], info["env"]
        return self

    def ctl(self, command: str, **args):
        return ctl(self.port, command, **args)

    def wait_event(self, kind: str, **match) -> dict:
        """The first event of that kind whose fields match, also a past one."""
        return wait_event(self.port, kind, **match)

    def __exit__(self, *exc) -> None:
        self.proc.terminate()
        self.proc.wait(10)
        self.proc.stdout.close()
