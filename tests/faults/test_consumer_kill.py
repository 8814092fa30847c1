"""Consumers are killed and frozen, two at a time, while transactions commit late: every effect takes place once."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from tests.faults.conftest import start_consumer, wait_for
from tests.forking import ForkServer
from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts import queries
from wabolt.contacts.models import Consumer, Contact, Event
from wabolt.contacts.tests.consumers import NAME, effect_count, effect_table, effects, wait_for_horizon
from wabolt.contacts.tests.factories import make_contact

KILLS = 12


@pytest.fixture
def contact(transactional_db: None) -> Iterator[Contact]:
    contact = make_contact(make_workspace())
    with effect_table():
        yield contact


class Writers:
    """Three sessions that append events in transactions of different length and commit out of order."""

    def __init__(self, contact: Contact) -> None:
        self.contact = contact
        self.parameters = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._write, args=[seed]) for seed in range(3)]
        for thread in self.threads:
            thread.start()

    def _write(self, seed: int) -> None:
        chance = random.Random(seed)
        with psycopg.connect(**self.parameters) as session:
            while not self.stopping.is_set():
                for _ in range(chance.randint(1, 3)):
                    session.execute(
                        "INSERT INTO contacts_event (workspace_id, contact_id, kind, time)"
                        " SELECT %s, %s, 'tick', now() FROM generate_series(1, %s)",
                        [self.contact.workspace_id, self.contact.pk, chance.randint(1, 20)],
                    )
                    self.stopping.wait(chance.uniform(0, 0.06))
                session.commit()

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def offset() -> queries.Offset:
    row = Consumer.objects.filter(name=NAME).first()
    return queries.Offset(row.position, row.event_id) if row else queries.Offset()


@pytest.mark.slow
def test_killed_and_frozen_consumers_process_every_event_once(fork_server: ForkServer, contact: Contact) -> None:
    writers = Writers(contact)
    chance = random.Random(7)
    moved = 0
    try:
        for _ in range(KILLS):
            before = offset()
            first, second = start_consumer(fork_server), start_consumer(fork_server)
            wait_for(lambda before=before: offset() != before)
            moved += 1
            time.sleep(chance.uniform(0, 0.2))
            first.send_signal(signal.SIGSTOP)
            second.kill()
            if chance.random() < 0.5:
                first.send_signal(signal.SIGCONT)
            first.kill()
    finally:
        writers.stop()
    wait_for_horizon()
    start_consumer(fork_server)
    expected = Counter(Event.objects.values_list("id", flat=True))
    wait_for(lambda: effect_count() >= len(expected))
    assert Counter(effects()) == expected
    assert moved == KILLS
    assert len(expected) > 500


@pytest.mark.slow
def test_a_frozen_consumer_is_replaced_and_writes_nothing_when_it_thaws(
    fork_server: ForkServer, contact: Contact
) -> None:
    frozen = start_consumer(fork_server)
    wait_for(lambda: Consumer.objects.filter(name=NAME).exclude(holder="").exists())
    frozen.send_signal(signal.SIGSTOP)
    token = Consumer.objects.get(name=NAME).token
    start_consumer(fork_server)
    wait_for(lambda: Consumer.objects.get(name=NAME).token > token)
    frozen.send_signal(signal.SIGCONT)
    writers = Writers(contact)
    time.sleep(1)
    writers.stop()
    wait_for_horizon()
    expected = Counter(Event.objects.values_list("id", flat=True))
    wait_for(lambda: effect_count() >= len(expected))
    assert Counter(effects()) == expected
