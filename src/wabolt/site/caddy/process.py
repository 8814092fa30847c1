"""The supervised process that runs Caddy and reads its log."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

import psutil

from wabolt.site.caddy.config import Ports, make_config
from wabolt.site.caddy.log import CertificateEntry, read_line
from wabolt.site.caddy.names import PublicNames
from wabolt.site.caddy.program import find_caddy
from wabolt.site.parent import terminate_with_parent

OPEN_FILES = 4096
"""Open connections of Caddy: those of clients and those to our web server. It bounds Caddy's memory."""
MEMORY = "192MiB"
"""Memory above which Go collects garbage more often (GOMEMLIMIT)."""
END_WITHIN = 10.0  # seconds for requests to finish; Caddy's `grace_period` is shorter
_KEPT_VARIABLES = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


@dataclass(frozen=True)
class Plan:
    """The names and ports that Caddy serves. `folder` holds its configuration, certificates and keys."""

    public: PublicNames
    ports: Ports
    secret: str
    folder: Path


def run_caddy(plan: Plan, on_entry: Callable[[CertificateEntry], None]) -> None:
    """Runs Caddy until it ends or this process receives SIGTERM; Caddy's log goes to standard output.

    `on_entry` is called with each log entry about a certificate. Raises SystemExit with Caddy's
    exit code if Caddy ended by itself.
    """
    plan.folder.mkdir(mode=0o700, exist_ok=True)
    config = plan.folder / "config.json"
    _write_private(config, json.dumps(make_config(plan.public, plan.ports, plan.secret, plan.folder), indent=1))
    pid_file = plan.folder / "caddy.pid"
    _end_orphan(pid_file, config)
    caddy = subprocess.Popen(  # noqa: S603 -- our own program and arguments
        [str(find_caddy()), "run", "--config", str(config)],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_environment(plan.folder), preexec_fn=_prepare, text=True,
    )  # fmt: skip
    _write_private(pid_file, str(caddy.pid))
    signals = _forward_sigterm(caddy)
    assert caddy.stderr is not None
    _follow(caddy.stderr, on_entry)
    code = caddy.wait()
    pid_file.unlink(missing_ok=True)
    if not signals:
        raise SystemExit(max(code, 1))


def _forward_sigterm(caddy: "subprocess.Popen[str]") -> list[int]:
    """Makes SIGTERM end Caddy in order, and after `END_WITHIN` by force. Returns the signals that have arrived."""
    arrived: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        if arrived:
            caddy.kill()
        else:
            arrived.append(number)
            caddy.terminate()
            signal.setitimer(signal.ITIMER_REAL, END_WITHIN)

    signal.signal(signal.SIGALRM, lambda *_: caddy.kill())
    signal.signal(signal.SIGTERM, end)
    return arrived


def _follow(log: IO[str], on_entry: Callable[[CertificateEntry], None]) -> None:
    for line in log:
        sys.stdout.write(line)
        entry = read_line(line)
        if entry is not None:
            with contextlib.suppress(Exception):  # an entry that cannot be stored must not stop Caddy
                on_entry(entry)


def _prepare() -> None:
    """Runs in the child process before it becomes Caddy."""
    terminate_with_parent()
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _environment(folder: Path) -> dict[str, str]:
    """Returns Caddy's environment, without the secrets of WABolt. Caddy writes nothing outside of `folder`."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, "HOME": str(folder), "GOMEMLIMIT": MEMORY}


def _end_orphan(pid_file: Path, config: Path) -> None:
    """Ends a Caddy that outlived its parent process and still holds the ports (see `terminate_with_parent`)."""
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        orphan = psutil.Process(int(pid_file.read_text("ascii")))
        if str(config) not in orphan.cmdline():
            return
        orphan.terminate()
        with contextlib.suppress(psutil.TimeoutExpired):
            orphan.wait(END_WITHIN)
            return
        orphan.kill()


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
