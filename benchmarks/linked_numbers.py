"""Linked numbers: memory and throughput of twenty numbers on one machine.

    python -m benchmarks.linked_numbers [--numbers 20] [--messages 50]

Each number is paired by QR with the test WhatsApp server. Then all numbers are stopped and started at the same time, as
after a reboot; the benchmark prints the seconds until each is connected. Memory is read from /proc for each child: RSS
and PSS. Then all numbers send to simulated phones at the same time, one message after another, through provider, child,
library, server and back. No plain-PostgreSQL limit exists for this work. The test server shares the two cores, so the
figure covers both sides.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.common import make_workspace, say, throwaway


def memory(pid: int) -> tuple[int, int]:
    """(RSS, PSS) of a process in kilobytes."""
    told = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split()[:2]
        told[name] = int(value)
    return told["Rss:"], told["Pss:"]


def wait_for(what: str, providers: list[Any], holds: Any, seconds: float = 120) -> float:
    """Polls all providers until `holds(provider)` is true for each. Returns the seconds."""
    started = time.monotonic()
    while not all(holds(provider) for provider in providers):
        if time.monotonic() - started > seconds:
            raise TimeoutError(what)
        for provider in providers:
            provider.collect(1000)
        time.sleep(0.02)
    return time.monotonic() - started


def link_all(count: int, server: Any) -> list[Any]:
    """Creates this many channels and pairs them one after another, as owners do."""
    from wabolt.channels.models import Channel, ChannelCommand, LinkedNumber
    from wabolt.channels.providers.linked.provider import LinkedProvider

    workspace = make_workspace()
    providers = []
    for n in range(count):
        channel = Channel.objects.create(workspace=workspace, provider="linked", name=f"Toko {n}")
        provider = LinkedProvider(channel)
        provider.connect()
        ChannelCommand.objects.create(channel=channel, kind="pair")
        number = LinkedNumber.objects.filter(channel=channel)
        wait_for("a QR code", [provider], lambda _, number=number: number.filter(stage="qr").exists())
        server.ctl("pair", qr=number.get().secret, phone=f"62811{n:07}")
        wait_for("the link", [provider], lambda _, number=number: number.filter(stage="linked").exists())
        providers.append(provider)
    return providers


def talk(providers: list[Any], messages: int) -> float:
    """Sends on all numbers at the same time. Returns the messages per second of all numbers together."""
    from django.db import connection

    from wabolt.channels.registry import Accepted, Outgoing

    wrong: list[Any] = []

    def send(n: int, provider: Any) -> None:
        batch = [Outgoing(f"{n}-{k}", "phone", f"+62813{n:07}", f"Halo Kak {k}") for k in range(messages)]
        outcomes = provider.send(batch)
        wrong.extend(o for o in outcomes if not isinstance(o, Accepted))
        if len(outcomes) < messages:
            wrong.append("stopped early")
        connection.close()

    threads = [threading.Thread(target=send, args=pair) for pair in enumerate(providers)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    return len(providers) * messages / (time.monotonic() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numbers", type=int, default=20)
    parser.add_argument("--messages", type=int, default=50)
    args = parser.parse_args()

    from tests.waserver.client import ServerProcess
    from tests.waserver.network import Network
    from tests.waserver.patch import patch

    with tempfile.TemporaryDirectory() as folder, throwaway():
        state, site = Path(folder) / "state", Path(folder) / "site"
        patch(state, site)
        with ServerProcess(state) as server:
            network = Network(server, site)
            os.environ.update(network.environment(), WABOLT_WA_PROXY=network.proxy)
            for n in range(args.numbers):
                server.ctl("register", phone=f"62811{n:07}")
                server.ctl("register", phone=f"62813{n:07}")
            measure(args.numbers, args.messages, server)


def measure(count: int, messages: int, server: Any) -> None:
    """Prints the figures for this many numbers."""
    from wabolt.channels.providers.linked.provider import LinkedProvider

    started = time.monotonic()
    first = link_all(count, server)
    say(f"{count} numbers paired in {time.monotonic() - started:.1f} s")
    for provider in first:
        provider.close()
    again = [LinkedProvider(provider.channel) for provider in first]
    started = time.monotonic()
    for provider in again:
        provider.connect()
    wait_for("all connected", again, lambda p: p.child is not None and p.child.is_connected)
    up = time.monotonic() - started
    time.sleep(2)
    rest = [memory(p.child.pid) for p in again]
    rate = talk(again, messages)
    busy = [memory(p.child.pid) for p in again]
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        connections = cursor.fetchone()[0]
    print(f"numbers                      {count}")
    print(f"started at once, all up in   {up:.1f} s ({up / count:.2f} s a number)")
    for name, rows in (("at rest", rest), ("after talking", busy)):
        rss, pss = (sum(column) / len(rows) / 1024 for column in zip(*rows, strict=True))
        print(f"memory a number, {name:<13}{rss:.0f} MB RSS, {pss:.0f} MB PSS")
    print(f"messages                     {rate:.0f} a second over all numbers ({messages} each)")
    print(f"database connections         {connections}")
    for provider in again:
        provider.close()


if __name__ == "__main__":
    main()
