"""Real gateway processes over the test database and the test WhatsApp server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import connection
from psycopg.conninfo import make_conninfo

from tests.waserver.client import ROOT
from tests.waserver.network import Network

RUN = "import django; django.setup(); from wabolt.messaging import gateway; gateway.run()"


class Gateways:
    """Starts, freezes and kills gateways, and ends all of them."""

    def __init__(self, network: Network) -> None:
        database = connection.settings_dict
        url = make_conninfo(
            dbname=database["NAME"],
            user=database["USER"],
            password=database["PASSWORD"],
            host=database["HOST"],
            **({"port": database["PORT"]} if database["PORT"] else {}),
        )
        given = network.environment()
        self._environment = given | {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "wabolt.site.settings",
            "WABOLT_LOG_LEVEL": "CRITICAL",
            "WABOLT_WA_PROXY": network.proxy,
            "PYTHONPATH": os.pathsep.join([given["PYTHONPATH"], str(ROOT / "src")]),
        }
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", RUN], env=self._environment)
        self._running.append(process)
        return process

    def end(self) -> None:
        """Terminates all gateways and kills those that do not end."""
        for process in self._running:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self._running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def children_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Returns the process ids of a gateway's numbers."""
    found: list[int] = []
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return found


def wait_for(what: str, holds: Callable[[], Any], seconds: float = 150) -> float:
    """Waits until `holds` is true and returns the waited seconds. Fails with `what`."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, f"waited in vain for: {what}"
        time.sleep(0.05)
    return time.monotonic() - started
