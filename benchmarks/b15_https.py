"""B15: the public address: requests per second with and without Caddy, and Caddy's memory.

    python -m benchmarks.b15_https [--clients 64] [--seconds 10] [--contacts 20000] [--home DIR]

The real web server runs with one process per processor, and Caddy in front of it with the configuration of `wabolt up
--domain` and its own certificate authority. Clients, Caddy, web server and PostgreSQL share the machine. Rounds: whole
pages and unchanged fragments, each directly, through Caddy, and through Caddy with compression. "Caddy ms" is its
processor time per request.
"""

import argparse
import asyncio
import json
import os
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.b8_rest import pss
from benchmarks.b13_load import PAGES, free_port, prepare, stat_seconds, wait_for
from benchmarks.common import row, throwaway

NAME = "wa.toko.example"
SECRET = "benchmark"
READ = 1 << 18


@dataclass(frozen=True)
class Target:
    """A way to the pages."""

    name: str
    port: int
    host: str
    encoding: str = "identity"
    tls: ssl.SSLContext | None = None


@dataclass
class Round:
    """Seconds and bytes of each answer, and the number of answers per status."""

    took: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--home", type=Path, help="keep the database here for the next run")
    chosen = parser.parse_args()
    with throwaway(home=chosen.home) as url, tempfile.TemporaryDirectory() as folder:
        sessions, _talk = prepare(chosen.contacts, chosen.clients)
        web_port, http_port, https_port = free_port(), free_port(), free_port()
        public = {"WABOLT_PUBLIC_URL": f"https://{NAME}:{https_port}", "WABOLT_PROXY_SECRET": SECRET}
        web = subprocess.Popen(
            [sys.executable, "-m", "wabolt", "web", "--port", str(web_port)],
            env={**os.environ, "DATABASE_URL": url, **public},
        )
        caddy = start_caddy(Path(folder), web_port, http_port, https_port)
        try:
            wait_for(web_port)
            measure(caddy, targets(Path(folder), web_port, https_port), sessions, chosen.seconds)
        finally:
            for process in (caddy, web):
                process.send_signal(signal.SIGTERM)
                process.wait(30)


def start_caddy(folder: Path, web_port: int, http_port: int, https_port: int) -> "subprocess.Popen[bytes]":
    """Starts Caddy and waits for its certificate."""
    from wabolt.site.caddy.config import Ports, make_config
    from wabolt.site.caddy.names import INTERNAL, PublicNames
    from wabolt.site.caddy.process import MEMORY
    from wabolt.site.caddy.program import find_caddy

    ports = Ports(web_port, http_port, https_port, https_port)
    config = folder / "config.json"
    config.write_text(json.dumps(make_config(PublicNames((NAME,), INTERNAL), ports, SECRET, folder)))
    with (folder / "log").open("wb") as log:
        caddy = subprocess.Popen(
            [str(find_caddy()), "run", "--config", str(config)],
            env={"HOME": str(folder), "GOMEMLIMIT": MEMORY}, stderr=log,
        )  # fmt: skip
    while "certificate obtained" not in (folder / "log").read_text():
        time.sleep(0.1)
    return caddy


def targets(folder: Path, web_port: int, https_port: int) -> list[Target]:
    context = ssl.create_default_context(cafile=str(folder / "pki" / "authorities" / "local" / "root.crt"))
    host = f"{NAME}:{https_port}"
    return [
        Target("directly", web_port, f"127.0.0.1:{web_port}"),
        Target("through Caddy", https_port, host, tls=context),
        Target("compressed", https_port, host, "gzip", context),
    ]


def measure(caddy: "subprocess.Popen[bytes]", ways: Sequence[Target], sessions: list[str], seconds: float) -> None:
    print(f"B15: {len(sessions)} clients, {seconds:g} s a round, load average {os.getloadavg()[0]:.1f}")
    print(f"Caddy at rest: {pss(caddy.pid):.0f} MB")
    widths = (20, 15, 12, 9, 9, 9, 9, 9, 20)
    head = ("round", "way", "requests/s", "median s", "p95 s", "Caddy ms", "KB each", "Caddy MB", "statuses")
    print(row(*head, widths=widths))
    rounds = (("whole pages", PAGES, False), ("unchanged fragments", ("/inbox/",), True))
    for name, paths, is_poll in rounds:
        for way in ways:
            before = stat_seconds(caddy.pid)
            seen = asyncio.run(play(way, sessions, paths, seconds, is_poll=is_poll))
            spent = (stat_seconds(caddy.pid) - before) * 1000 / len(seen.took)
            took = sorted(seen.took)
            marks = [statistics.median(took), took[int(len(took) * 0.95)], spent, statistics.mean(seen.sizes) / 1024]
            rate = len(took) / seconds
            print(row(name, way.name, rate, *marks, pss(caddy.pid), str(seen.statuses), widths=widths))


async def play(way: Target, sessions: list[str], paths: Sequence[str], seconds: float, *, is_poll: bool) -> Round:
    """Runs all clients at once; each starts at another place in the list of paths."""
    seen = Round()
    until = time.perf_counter() + seconds
    await asyncio.gather(
        *(client(way, session, [*paths[n % len(paths) :], *paths[: n % len(paths)]], until, seen, is_poll)
          for n, session in enumerate(sessions))
    )  # fmt: skip
    return seen


async def client(way: Target, session: str, paths: Sequence[str], until: float, seen: Round, is_poll: bool) -> None:
    name = NAME if way.tls else None
    reader, writer = await asyncio.open_connection("127.0.0.1", way.port, ssl=way.tls, server_hostname=name, limit=READ)
    poll = "HX-Request: true\r\nHX-Target: talks\r\n" if is_poll else ""
    etag, turn = "", 0
    while time.perf_counter() < until:
        path = paths[turn % len(paths)]
        turn += 1
        begun = time.perf_counter()
        known = f"If-None-Match: {etag}\r\n" if etag else ""
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {way.host}\r\nCookie: sessionid={session}\r\n"
            f"Accept-Encoding: {way.encoding}\r\n{poll}{known}\r\n"
        )
        writer.write(request.encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        size = await read_body(reader, head.lower())
        status = int(head.split(" ", 2)[1])
        if is_poll and "\r\netag: " in head.lower():
            start = head.lower().index("\r\netag: ") + 8
            etag = head[start:].partition("\r\n")[0]
        seen.took.append(time.perf_counter() - begun)
        seen.sizes.append(size)
        seen.statuses[status] = seen.statuses.get(status, 0) + 1
    writer.close()


async def read_body(reader: asyncio.StreamReader, head: str) -> int:
    """Reads the body of an answer with a length or in chunks; returns its size."""
    if "transfer-encoding: chunked" not in head:
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        return len(await reader.readexactly(length))
    total = 0
    while size := int(await reader.readline(), 16):
        total += len(await reader.readexactly(size + 2)) - 2
    await reader.readline()
    return total


if __name__ == "__main__":
    main()
