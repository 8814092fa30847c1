"""The connection of a consumer between two batches."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from pytest_django import Settings

from wabolt.contacts.services import consumer_process
from wabolt.contacts.services.consumers import consumer_leases
from wabolt.contacts.tests.consumers import COPY, NAME, effect_table, effects
from wabolt.contacts.tests.test_consumers import add
from wabolt.lib.tests.waking import Wake, end_connections, others

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def waiting_consumer(settings: Settings) -> Iterator[Wake]:
    """A consumer that has processed all events and waits for more."""
    settings.CONSUMER_LEASE_SECONDS = 600
    leases = consumer_leases()
    with connection.cursor() as cursor:
        [lease] = leases.acquire(cursor, [NAME])
    thread = consumer_process.ConsumerThread(COPY, leases, lease)
    thread.knock = wake = Wake()
    thread.start()
    try:
        assert wake.is_waited_for.wait(60)
        yield wake
        assert thread.is_alive()
    finally:
        thread.stop()
        thread.join(60)


def test_it_keeps_its_connection_and_replaces_an_ended_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_process, "KEEP_CONNECTION", 600)
    with effect_table():
        ids, before = add("tick"), others()
        with waiting_consumer(settings) as wake:
            kept = others() - before
            wake.let_work()
            assert others() - before == kept != set()
            end_connections(kept)
            ids += add("tock")
            wake.let_work()
            assert effects() == ids


def test_it_closes_its_connection_after_a_while(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_process, "KEEP_CONNECTION", 0.01)
    with effect_table():
        ids = add("tick")
        before, until = others(), time.monotonic() + 60
        with waiting_consumer(settings):
            while others() - before:
                assert time.monotonic() < until
                time.sleep(0.01)
        assert effects() == ids
