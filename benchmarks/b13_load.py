"""B13: many clients load pages at once.

    python -m benchmarks.b13_load [--clients 200] [--seconds 20] [--contacts 20000] [--home DIR]

The shop has 20,000 contacts. The real web server runs with one process per processor. Each of `--clients` connections
sends its next request as soon as it has received an answer. Clients, web server and PostgreSQL share the machine; "web
ms", "PG ms" and "own ms" are their processor time per request. There are three rounds: whole pages (contact list,
filtered list, inbox, inbox of those who wait), the fragments that open pages poll while nothing changes, and both in
turn.
"""

import argparse
import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.b8_rest import family
from benchmarks.common import row, throwaway

PAGES = ("/contacts/", "/contacts/?city=Bandung", "/inbox/", "/inbox/?show=waiting")
READ = 1 << 18


@dataclass
class Round:
    """The results of one round: seconds per answer, and the number of answers per status."""

    took: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """A request of a browser. `etag` is the validator of the cached answer."""

    path: str
    headers: str = ""

    def text(self, port: int, session: str, etag: str = "") -> bytes:
        kept = f"If-None-Match: {etag}\r\n" if etag else ""
        return (
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: sessionid={session}\r\n"
            f"Accept-Encoding: gzip\r\n{self.headers}{kept}\r\n"
        ).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--home", type=Path, help="keep the database here for the next run")
    chosen = parser.parse_args()
    with throwaway(home=chosen.home) as url:
        sessions, talk = prepare(chosen.contacts, chosen.clients)
        port = free_port()
        web = subprocess.Popen(
            [sys.executable, "-m", "wabolt", "web", "--port", str(port)], env={**os.environ, "DATABASE_URL": url}
        )
        try:
            wait_for(port)
            measure(web.pid, port, sessions, talk, chosen.seconds)
        finally:
            web.send_signal(signal.SIGTERM)
            web.wait(30)


def prepare(contacts: int, clients: int) -> tuple[list[str], str]:
    """Creates the shop and a session per client; returns the sessions and the path of a conversation."""
    from django.urls import reverse

    from benchmarks.b7_pages import client_of, fill

    workspace = fill(contacts)
    sessions = [client_of(workspace).cookies["sessionid"].value for _ in range(clients)]
    from wabolt.contacts.models import Contact

    contact = Contact.objects.filter(workspace=workspace, last_inbound_at__isnull=False, pk__gt=500).earliest("pk")
    return sessions, reverse("messaging:conversation", args=[contact.pk])


def measure(web: int, port: int, sessions: list[str], talk: str, seconds: float) -> None:
    pages = [Request(path) for path in PAGES]
    fragment = "HX-Request: true\r\nHX-Target: {}\r\n"
    polls = [Request("/inbox/", fragment.format("conversations")), Request(talk, fragment.format("thread"))]
    print(f"B13: {len(sessions)} clients, {seconds:g} s a round, load average {os.getloadavg()[0]:.1f}")
    widths = (22, 12, 9, 9, 9, 8, 8, 8, 26)
    head = ("round", "requests/s", "median s", "p95 s", "p99 s", "web ms", "PG ms", "own ms", "statuses")
    print(row(*head, widths=widths))
    postmaster = postmaster_pid()
    for name, requests in (("whole pages", pages), ("unchanged fragments", polls), ("both", [*pages, *polls])):
        before = processor_seconds(web, postmaster)
        seen = asyncio.run(play(port, sessions, requests, seconds))
        after = processor_seconds(web, postmaster)
        spent = [(now - then) * 1000 / len(seen.took) for now, then in zip(after, before, strict=True)]
        took = sorted(seen.took)
        marks = [statistics.median(took), took[int(len(took) * 0.95)], took[int(len(took) * 0.99)]]
        print(row(name, len(took) / seconds, *marks, *spent, str(seen.statuses), widths=widths))


async def play(port: int, sessions: list[str], requests: list[Request], seconds: float) -> Round:
    """Runs all clients at once; each starts at another place in the list of requests."""
    seen = Round()
    until = time.perf_counter() + seconds
    await asyncio.gather(
        *(client(port, session, requests[n % len(requests) :] + requests[: n % len(requests)], until, seen)
          for n, session in enumerate(sessions))
    )  # fmt: skip
    return seen


async def client(port: int, session: str, requests: list[Request], until: float, seen: Round) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=READ)
    etags: dict[Request, str] = {}
    turn = 0
    while time.perf_counter() < until:
        request = requests[turn % len(requests)]
        turn += 1
        begun = time.perf_counter()
        writer.write(request.text(port, session, etags.get(request, "") if request.headers else ""))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        await reader.readexactly(length)
        status = int(head.split(" ", 2)[1])
        if "\r\netag: " in head:
            etags[request] = head.partition("\r\netag: ")[2].partition("\r\n")[0]
        seen.took.append(time.perf_counter() - begun)
        seen.statuses[status] = seen.statuses.get(status, 0) + 1
    writer.close()


def processor_seconds(web: int, postmaster: int) -> tuple[float, float, float]:
    """Returns the processor seconds so far of the web server, of PostgreSQL, and of this process."""
    return (
        sum(stat_seconds(pid) for pid in family(web)),
        sum(stat_seconds(pid) for pid in family(postmaster)),
        time.process_time(),
    )


def postmaster_pid() -> int:
    """Returns the process id of the postmaster, the parent of our connection's process."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [[backend]] = cursor.fetchall()
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def stat_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _attempt in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the web server did not start")


if __name__ == "__main__":
    main()
