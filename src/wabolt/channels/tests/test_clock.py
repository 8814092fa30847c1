"""A clock of this machine that is ahead of WhatsApp's is noticed, and an outage is not taken for one."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wabolt.alerts.models import Alert
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.providers.linked.provider import LinkedProvider
from wabolt.channels.queries import machine_clock_lead
from wabolt.channels.rules import clock_lead
from wabolt.channels.services import NewRawEvent, store_raw_events
from wabolt.channels.services.alerting import check_clock
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def test_three_minutes_with_the_same_delay_prove_a_lead() -> None:
    cases: dict[timedelta | None, list[list[timedelta]]] = {
        6 * MINUTE: [[6 * MINUTE, 6 * MINUTE + 20 * SECOND, 6 * MINUTE + 3 * SECOND], [6 * MINUTE] * 5],
        None: [
            [],
            [6 * MINUTE],
            [6 * MINUTE, 6 * MINUTE],
            [2 * MINUTE] * 3,
            [0 * SECOND, 6 * MINUTE, 6 * MINUTE],
            [6 * MINUTE, SECOND, 6 * MINUTE],
            [6 * MINUTE, 30 * MINUTE, 110 * MINUTE],
            [-60 * MINUTE] * 3,
        ],
    }
    for wanted, delays in cases.items():
        assert [clock_lead(one) for one in delays] == [wanted] * len(delays)


def arrive(channel: Channel, name: str, written_at: datetime) -> None:
    store_raw_events(channel=channel, events=[NewRawEvent("message", {}, written_at, name)])


def open_alerts() -> list[dict[str, int]]:
    check_clock()
    return list(Alert.objects.filter(kind="installation.clock_ahead", resolved_at=None).values_list("data", flat=True))


@pytest.mark.django_db
def test_the_owner_hears_of_a_clock_that_is_ahead_until_it_is_right() -> None:
    channel = make_channel(provider="linked")
    with clock.hold(clock.now()) as held:
        for number in range(3):
            assert open_alerts() == []
            arrive(channel, f"late-{number}", clock.now() - timedelta(minutes=7, seconds=number))
            arrive(channel, f"old-{number}", clock.now() - timedelta(hours=number + 1))
            store_raw_events(channel=channel, events=[NewRawEvent("ended", {}, clock.now())])
            held.move(minutes=4)
        assert open_alerts() == [{"minutes": 7}]
        arrive(channel, "in-time", clock.now() - SECOND)
        assert open_alerts() == []


@pytest.mark.django_db
def test_an_outage_and_a_simulated_number_are_no_clock_that_is_ahead() -> None:
    channel, simulated = make_channel(provider="linked"), make_channel()
    with clock.hold(clock.now()) as held:
        for hours in (9, 2, 5):
            for number in range(3):
                arrive(channel, f"{hours}-{number}", clock.now() - timedelta(hours=hours, minutes=number))
                arrive(simulated, f"{hours}-{number}", clock.now() - timedelta(minutes=7))
            held.move(minutes=90)
            assert open_alerts() == []


def collect(channel: Channel) -> None:
    """Does the gateway's work on the number once. Without a linked phone no process starts."""
    provider = LinkedProvider(channel)
    provider.connect()
    provider.collect(10)
    provider.close()


@pytest.mark.django_db
def test_messages_that_could_not_be_decrypted_are_no_clock_that_is_ahead() -> None:
    channel = make_channel(provider="linked")
    with clock.hold(clock.now()) as held:
        for number in range(3):
            payload = {"id": f"A{number}", "sender": "628111@s.whatsapp.net"}
            broken = NewRawEvent("undecryptable", payload, clock.now(), f"u:A{number}")
            store_raw_events(channel=channel, events=[broken])
            held.move(minutes=2)
        held.move(minutes=5)
        for _message in range(3):
            collect(channel)
            assert open_alerts() == []
            held.move(minutes=2)
    placeholders = RawEvent.objects.filter(payload__unavailable="not_resent").order_by("id")
    delays = [one.received_at - one.occurred_at for one in placeholders]
    assert delays == [11 * MINUTE] * 3, "equal delays, each in a minute of its own"


@pytest.mark.django_db
def test_without_a_real_number_no_event_is_read() -> None:
    make_channel()
    make_channel(provider="linked", archived_at=clock.now())
    with CaptureQueriesContext(connection) as captured:
        assert machine_clock_lead() is None
    assert [query for query in captured.captured_queries if "rawevent" in query["sql"]] == []
