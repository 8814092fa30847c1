"""The consumer of live segments is killed and frozen, two at a time, while members change contacts and passes run."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from tests.faults.conftest import LEASE_SECONDS, wait_for
from tests.forking import ForkServer, Process
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import services
from wabolt.contacts.models import Consumer, Event
from wabolt.contacts.queries import Offset, read_log
from wabolt.contacts.tests.consumers import wait_for_horizon
from wabolt.contacts.tests.factories import make_contact
from wabolt.segments.models import LiveDeparture, LiveMember
from wabolt.segments.queries import CONSUMER
from wabolt.segments.services import tend_live
from wabolt.segments.services.live import evaluate_workspaces_again
from wabolt.segments.tests.live import assert_right, make_live

KILLS = 6
PEOPLE = 60
PROGRAM = """
from django.conf import settings
from wabolt.contacts.registry import event_consumers
from wabolt.contacts.services import run_consumers
from wabolt.segments.queries import CONSUMER
import sys
settings.CONSUMER_LEASE_SECONDS = float(sys.argv[1])
event_consumers._consumers = {CONSUMER: event_consumers._consumers[CONSUMER]}
run_consumers()
"""


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    workspace = make_workspace()
    for _ in range(PEOPLE):
        make_contact(workspace, city="Jakarta")
    for text in ('city = "Bandung"', 'tag "VIP" and not city = "Medan"', 'tag is not empty or city = "Medan"'):
        make_live(workspace, text)  # empty at first
    return workspace


@contextmanager
def members_at_work(workspace: Workspace) -> Iterator[None]:
    """Three members change labels and cities within this block."""
    stopping = threading.Event()
    threads = [threading.Thread(target=_change, args=[workspace, seed, stopping]) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def _change(workspace: Workspace, seed: int, stopping: threading.Event) -> None:
    chance = random.Random(seed)
    ids = list(workspace.contacts.values_list("pk", flat=True))
    while not stopping.wait(0.06):  # leaves processor time for the processes under test
        some = chance.sample(ids, 5)
        match chance.randrange(3):
            case 0:
                services.add_tags(workspace=workspace, contact_ids=some, tag_names=["VIP"])
            case 1:
                services.remove_tags(workspace=workspace, contact_ids=some, tag_names=["VIP"])
            case _:
                city = chance.choice(("Bandung", "Jakarta", "Medan"))
                services.update_contact(workspace=workspace, contact_id=some[0], city=city)
    connection.close()


def start(server: ForkServer) -> Process:
    return server.start(PROGRAM, str(LEASE_SECONDS))


def offset() -> Offset:
    return Offset(*Consumer.objects.values_list("position", "event_id").get(name=CONSUMER))


@pytest.mark.slow
def test_members_and_events_are_right_after_kills(fork_server: ForkServer, workspace: Workspace) -> None:
    with members_at_work(workspace):
        _kill_consumers(fork_server)
    wait_for_horizon()  # read_log would not return events behind it, and the wait would end early
    start(fork_server)
    wait_for(lambda: read_log(offset(), 1).size == 0)
    tend_live()
    assert_right(workspace)
    assert _entered() == Counter(_ever_in())
    assert len(_ever_in()) > PEOPLE / 2


def _kill_consumers(fork_server: ForkServer) -> None:
    chance = random.Random(7)
    for _ in range(KILLS):
        before = offset()
        first, second = start(fork_server), start(fork_server)
        wait_for(lambda before=before: offset() != before)
        evaluate_workspaces_again()
        tend_live()  # in this process, while a consumer runs
        time.sleep(chance.uniform(0, 0.2))
        first.send_signal(signal.SIGSTOP)
        second.kill()
        if chance.random() < 0.5:
            first.send_signal(signal.SIGCONT)
        first.kill()


def _entered() -> Counter[tuple[int, int]]:
    """(segment, contact): how often it entered. No contact left: the test is shorter than the minimum stay."""
    assert not Event.objects.filter(kind="segment_left").exists()
    rows = Event.objects.filter(kind="segment_entered").values_list("data__segment", "contact")
    return Counter((int(segment), contact) for segment, contact in rows)


def _ever_in() -> list[tuple[int, int]]:
    """(segment, contact) of all who are in a segment or left it."""
    return [pair for model in (LiveMember, LiveDeparture) for pair in model.objects.values_list("segment", "contact")]
