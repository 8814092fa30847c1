"""Caddy renews a certificate while visitors are connected (its own authority, with a life of seconds)."""

import contextlib
import json
import ssl
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from tests.shared import free_port

from wabolt.site.caddy.config import Ports, make_config
from wabolt.site.caddy.log import CertificateEntry, read_line
from wabolt.site.caddy.names import INTERNAL, PublicNames
from wabolt.site.caddy.program import find_caddy
from wabolt.site.tests.live import connect_tls, running_web
from wabolt.site.tests.public import wait_until
from wabolt.site.tests.shops import Shop

pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.slow]

NAME = "localhost"
SECRET = "between-caddy-and-the-front"
LIFE = 20  # seconds; Caddy renews a certificate when a third of its life is left
CHECK = """
import sys
from datetime import timedelta
from django.conf import settings
from wabolt.lib import clock
from wabolt.public_address.services import check_address
settings.PUBLIC_URL, settings.PUBLIC_CA = sys.argv[2:]
with clock.skewed(timedelta(seconds=float(sys.argv[1]))):
    check_address()
"""
ALERTS = "SELECT resolved_at IS NULL FROM alerts_alert WHERE kind = 'public_address.certificate_expires' ORDER BY id"


@dataclass(frozen=True)
class Front:
    """Caddy with certificates of `LIFE` seconds. `entries`: what its log said about certificates."""

    port: int
    root: Path
    entries: list[CertificateEntry]

    def connect(self) -> ssl.SSLSocket:
        return connect_tls(ssl.create_default_context(cafile=str(self.root)), self.port, NAME)

    def serial(self) -> object:
        with self.connect() as connection:
            return (connection.getpeercert() or {})["serialNumber"]

    def ask(self, connection: ssl.SSLSocket) -> str:
        """Asks for a page and leaves the connection open. Returns the status."""
        connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: {NAME}:{self.port}\r\n\r\n".encode())
        answer = connection.recv(65_536).decode("latin-1")
        return answer.split(" ")[1]


@contextlib.contextmanager
def running_caddy(folder: Path, web_port: int) -> Iterator[Front]:
    """Runs Caddy with the product's configuration, except for the life of certificates and the interval of its scan."""
    ports = Ports(web_port, free_port(), free_port())
    config = make_config(PublicNames((NAME,), INTERNAL, ports.http, ports.https), ports, SECRET, folder)
    automation = config["apps"]["tls"]["automation"]
    automation["renew_interval"] = "1s"
    automation["policies"][0]["issuers"][0]["lifetime"] = f"{LIFE}s"
    (folder / "config.json").write_text(json.dumps(config))
    process = subprocess.Popen(
        [str(find_caddy()), "run", "--config", str(folder / "config.json")], stderr=subprocess.PIPE, text=True,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    front = Front(ports.https, folder / "pki" / "authorities" / "local" / "root.crt", [])
    assert process.stderr is not None
    reader = threading.Thread(target=_read, args=(process.stderr, front.entries))
    reader.start()
    try:
        wait_until(lambda: bool(front.entries) or process.poll() is not None, 60)
        assert process.poll() is None
        yield front
    finally:
        process.terminate()
        process.wait(timeout=60)
        reader.join()
        process.stderr.close()


def _read(log: IO[str], entries: list[CertificateEntry]) -> None:
    entries.extend(entry for line in log if (entry := read_line(line)))


@contextlib.contextmanager
def visited(front: Front, kept: ssl.SSLSocket) -> Iterator[Counter[str]]:
    """Asks over `kept` and over new connections until the end of the block. Yields the statuses so far."""
    statuses: Counter[str] = Counter()
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.05):
            with front.connect() as connection:
                statuses[front.ask(connection)] += 1
            statuses[front.ask(kept)] += 1

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        try:
            yield statuses
        finally:
            over.set()
        asking.result()


def test_renewal_keeps_connections_and_resolves_the_alert(installation: Shop, tmp_path: Path) -> None:
    installation.ask("DELETE FROM alerts_alert")
    name = {"WABOLT_PUBLIC_URL": f"https://{NAME}", "WABOLT_PROXY_SECRET": SECRET}
    with (
        running_web(installation, "", **name) as live,
        running_caddy(tmp_path, live.port) as front,
        front.connect() as kept,
    ):

        def check(ahead: float) -> list[tuple[object, ...]]:
            address = f"https://{NAME}:{front.port}"
            assert installation.processes.run(CHECK, str(ahead), address, str(front.root)) == 0
            return installation.ask(ALERTS)

        first = front.serial()
        with visited(front, kept) as statuses:
            assert check(0) == []
            # With our clock ahead, the check sees a certificate that should have been renewed by now.
            assert check(LIFE * 0.9) == [(True,)]
            wait_until(lambda: front.serial() != first and statuses["200"] >= 2, 2 * LIFE)
        assert set(statuses) == {"200"}
        assert front.ask(kept) == "200", "the connection from before the renewal is still open"
        assert len(front.entries) >= 2  # the first certificate and a renewed one
        assert {entry.found for entry in front.entries} == {None}
        assert check(0) == [(False,)]
