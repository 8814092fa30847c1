"""Real gateway and consumer processes, and a broadcast to send."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import time as clock_time
from pathlib import Path

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel, SimulatedDelivery
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.models import Contact, Identity
from wabolt.messaging import services
from wabolt.messaging.models import Lane, Message

HERE = Path(__file__).parent
LEASE_SECONDS = 1.0


class ForkServer:
    """Starts, freezes and kills processes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.children: set[int] = set()

    def start(self, program: str = "gateway") -> int:
        """Starts a process of `program` ("gateway", "consumer" or "push") and returns its process id."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{program}\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        self.children.add(child)
        return child

    def signal(self, child: int, number: signal.Signals) -> None:
        """Sends a signal to a process that this object started."""
        assert child in self.children
        os.kill(child, number)
        if number == signal.SIGKILL:
            self.children.discard(child)

    def end(self) -> None:
        """Kills all processes and ends the fork server."""
        for child in self.children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def fork_server(transactional_db: None) -> Iterator[ForkServer]:
    """A fork server whose processes use the test database."""
    database = connection.settings_dict
    url = make_conninfo(
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=database["HOST"],
        **({"port": database["PORT"]} if database["PORT"] else {}),
    )
    environment = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "wabolt.site.settings",
        "WABOLT_LANE_LEASE_SECONDS": str(LEASE_SECONDS),
        "WABOLT_CONSUMER_LEASE_SECONDS": str(LEASE_SECONDS),
        "WABOLT_LOG_LEVEL": "CRITICAL",
        "PYTHONPATH": str(HERE.parents[1] / "src"),
    }
    process = subprocess.Popen(
        [sys.executable, str(HERE / "fork_server.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    server = ForkServer(process)
    yield server
    server.end()


def make_broadcast(count: int, **channel_fields: object) -> Channel:
    """Creates a channel of the sink provider with `count` queued promotions."""
    workspace = make_workspace()
    fields = {"messages_per_minute": 2400, "jitter_percent": 0, "options": {"seconds": 0.002}} | channel_fields
    channel = make_channel(workspace, quiet_from=clock_time(0), quiet_until=clock_time(0), **fields)
    people = Contact.objects.bulk_create(Contact(workspace=workspace, name=f"Ayu {n}") for n in range(count))
    Identity.objects.bulk_create(
        Identity(workspace=workspace, contact=contact, kind="phone", value=f"+62812{n:08}")
        for n, contact in enumerate(people)
    )
    ids = [contact.pk for contact in people]
    give_consent(workspace, ids)
    content = services.create_content(workspace=workspace, text="Halo {{ contact.name }}")
    services.queue_messages(
        workspace=workspace,
        channel=channel,
        contact_ids=ids,
        draft=services.Draft(purpose="marketing", origin_kind="broadcast", origin_id=1, content=content),
    )
    return channel


def states() -> Counter[str]:
    return Counter(Message.objects.values_list("state", flat=True))


def ledger() -> Counter[str]:
    """{message reference: number of times the sink provider was asked to send it}."""
    return Counter(SimulatedDelivery.objects.values_list("ref", flat=True))


def token(channel: Channel) -> int:
    return Lane.objects.filter(pk=channel.pk).values_list("token", flat=True).first() or 0


def wait_for(what: Callable[[], bool], seconds: float = 10.0) -> float:
    """Waits until `what` returns True and returns the seconds it took; fails the test after `seconds`."""
    started = time.monotonic()
    while not what():
        if time.monotonic() - started > seconds:
            pytest.fail(f"not within {seconds} s")
        time.sleep(0.004)
    return time.monotonic() - started
