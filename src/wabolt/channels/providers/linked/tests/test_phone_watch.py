"""Detection of an offline phone by its missing receipts."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from wabolt.channels.models import Channel, LinkedNumber
from wabolt.channels.providers.linked.linking import connection_status
from wabolt.channels.providers.linked.phone_watch import PATIENCE, PhoneWatch
from wabolt.channels.tests.factories import make_channel

START = datetime(2026, 11, 22, 1, tzinfo=UTC)


def test_silent_phone_is_offline_until_its_next_receipt() -> None:
    watch = PhoneWatch(is_known=False)
    watch.seen()
    assert watch.news(START) == (True, None)
    watch.sent(START)
    watch.sent(START + timedelta(hours=1))
    assert watch.news(START + PATIENCE - timedelta(seconds=1)) == (False, None)
    assert watch.news(START + PATIENCE) == (True, START)
    assert watch.news(START + PATIENCE) == (False, None), "written once"
    watch.seen()
    assert watch.news(START + PATIENCE) == (True, None)


@given(st.lists(st.integers(0, 10), max_size=20))
def test_phone_without_any_receipt_is_never_offline(hours: list[int]) -> None:
    watch, now = PhoneWatch(is_known=False), START
    for more in hours:
        watch.sent(now)
        now += timedelta(hours=more)
        assert watch.news(now) == (False, None)


@pytest.mark.django_db
def test_the_page_says_that_the_phone_is_off() -> None:
    channel = make_channel(provider="linked", state=Channel.State.CONNECTED)
    number = LinkedNumber.objects.create(channel=channel, jid="628111:1@s.whatsapp.net", phone_known=True)
    assert connection_status(channel).tone == "good"
    number.phone_off_since = START
    number.save()
    with translation.override("id"):
        connection = connection_status(Channel.objects.get(pk=channel.pk))
        assert (connection.tone, str(connection.word)) == ("warning", "HP tidak tersambung")
        assert "08.00" in str(connection.sentence)
