"""Real gateway and consumer processes, and a broadcast to send."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import time as clock_time

import pytest

from tests.forking import ForkServer, Process
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel, SimulatedDelivery
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.tests.factories import give_consent
from wabolt.contacts.models import Contact, Identity
from wabolt.messaging import services
from wabolt.messaging.models import Lane, Message

LEASE_SECONDS = 1.0


GATEWAY = """
from django.conf import settings
from wabolt.channels import registry
from wabolt.messaging import gateway
import sys
settings.LANE_LEASE_SECONDS = float(sys.argv[1])
registry.PROVIDERS["simulator"] = "tests.faults.sink.SinkProvider"
gateway.run()
"""
CONSUMER = """
from django.conf import settings
from wabolt.contacts.registry import event_consumers
from wabolt.contacts.services import run_consumers
from wabolt.contacts.tests.consumers import COPY
import sys
settings.CONSUMER_LEASE_SECONDS = float(sys.argv[1])
event_consumers._consumers.clear()
event_consumers.register_consumer(COPY)
run_consumers()
"""


def start_gateway(server: ForkServer, lease: float = LEASE_SECONDS) -> Process:
    """Starts a gateway that sends with the sink provider. `lease`: seconds."""
    return server.start(GATEWAY, str(lease))


def start_consumer(server: ForkServer) -> Process:
    """Starts a process with one consumer, which copies events (`wabolt.contacts.tests.consumers`)."""
    return server.start(CONSUMER, str(LEASE_SECONDS))


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


def wait_for(what: Callable[[], bool], seconds: float = 120.0) -> float:
    """Waits until `what` returns True and returns the seconds it took; fails the test after `seconds`."""
    started = time.monotonic()
    while not what():
        waited = time.monotonic() - started
        if waited > seconds:
            pytest.fail(f"not within {seconds} s")
        time.sleep(min(0.03, 0.004 + waited / 50))  # asking takes processor time from the processes under test
    return time.monotonic() - started
