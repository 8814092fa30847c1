"""Real gateway processes over the test database and the test WhatsApp server."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.forking import ForkServer, Process
from tests.waserver.client import ROOT
from tests.waserver.network import Network

RUN = "from wabolt.messaging import gateway; gateway.run()"


class Gateways:
    """Starts, freezes and kills gateways, and ends all of them."""

    def __init__(self, network: Network, server: ForkServer) -> None:
        self._server = server
        # For the processes of the numbers, which start with the environment of their gateway.
        path = os.pathsep.join([str(network.site), str(ROOT), str(ROOT / "src")])
        self._environment = {**network.server.env, "WABOLT_WA_PROXY": network.proxy, "PYTHONPATH": path}
        self._running: list[Process] = []

    def start(self) -> Process:
        self._running.append(self._server.start(RUN, environment=self._environment))
        return self._running[-1]

    def end(self) -> None:
        """Terminates all gateways and kills those that do not end."""
        for process in self._running:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(60)
            except TimeoutError:
                process.kill()


def children_of(process: Process) -> list[int]:
    """Returns the process ids of a gateway's numbers."""
    found: list[int] = []
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return found


def wait_for(what: str, holds: Callable[[], Any], seconds: float = 150) -> float:
    """Waits until `holds` is true and returns the waited seconds. Fails with `what`."""
    started = time.monotonic()
    while not holds():
        waited = time.monotonic() - started
        assert waited < seconds, f"waited in vain for: {what}"
        time.sleep(min(0.3, 0.05 + waited / 20))  # asking takes processor time from the processes under test
    return time.monotonic() - started
