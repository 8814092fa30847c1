"""Messages that could not be decrypted: each one that is not sent again gets a placeholder."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.providers.linked import unread
from wabolt.channels.providers.linked.stored_event import key_of
from wabolt.channels.providers.linked.unread import store_placeholders
from wabolt.channels.services import NewRawEvent, store_raw_events
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock

pytestmark = pytest.mark.django_db
SENDER = "628111@s.whatsapp.net"


def store(channel: Channel, kind: str, ids: list[str]) -> None:
    """Stores one event of each id: "u" for an undecryptable message, "m" for the message itself."""
    events = [
        NewRawEvent(
            "undecryptable" if kind == "u" else "message",
            {"id": name, "sender": SENDER},
            clock.now(),
            key_of("u", name, SENDER) if kind == "u" else key_of("m", name, SENDER, ""),
        )
        for name in ids
    ]
    assert store_raw_events(channel=channel, events=events) == len(ids)


def placeholders(channel: Channel) -> list[str]:
    found = RawEvent.objects.filter(channel=channel, payload__unavailable="not_resent").order_by("id")
    return list(found.values_list("payload__id", flat=True))


def test_settled_messages_do_not_hide_the_later_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "AT_ONCE", 100)
    channel, other = make_channel(provider="linked"), make_channel(provider="linked")
    resent, silent = [f"A{number:03}" for number in range(150)], [f"B{number:03}" for number in range(150)]
    with clock.hold(clock.now()) as held:
        store(channel, "u", resent)
        store(other, "m", silent)
        store(channel, "m", resent)
        store(channel, "u", silent)
        held.move(minutes=5)
        store(channel, "u", ["C"])
        held.move(minutes=6)
        store_placeholders(channel)
        assert placeholders(channel) == silent
        held.move(minutes=5)
        store_placeholders(channel)
        assert placeholders(channel) == [*silent, "C"]
        store_placeholders(channel)
        assert placeholders(channel) == [*silent, "C"], "one for each"


def test_messages_are_looked_up_together() -> None:
    channel = make_channel(provider="linked")
    with clock.hold(clock.now()) as held:
        store(channel, "u", [f"A{number}" for number in range(20)])
        held.move(minutes=11)
        with CaptureQueriesContext(connection) as captured:
            store_placeholders(channel)
        assert len([one for one in captured.captured_queries if "SAVEPOINT" not in one["sql"]]) == 3
        assert len(placeholders(channel)) == 20


def test_a_message_that_waits_for_two_days_is_left_alone() -> None:
    channel = make_channel(provider="linked")
    with clock.hold(clock.now()) as held:
        store(channel, "u", ["old"])
        held.move(days=2, seconds=1)
        store_placeholders(channel)
        assert placeholders(channel) == []
