"""A clock of this machine that is ahead of WhatsApp's is noticed, and an outage is not taken for one."""

from datetime import datetime, timedelta

import pytest

from wabolt.alerts.models import Alert
from wabolt.channels.models import Channel
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
