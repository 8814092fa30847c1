"""Stages of a linking, advanced by events of the number's process."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from wabolt.channels.models import Channel, LinkedNumber
from wabolt.channels.providers.linked import commands
from wabolt.channels.providers.linked.provider import LinkedProvider
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock

pytestmark = pytest.mark.django_db


def _linked_as(channel: Channel, digits: str) -> Channel:
    """The phone with this number has just scanned the code."""

    def ask(_do: str, **_more: Any) -> dict[str, Any]:
        raise OSError("not now")

    child = SimpleNamespace(ended="", is_connected=True, qr="")
    LinkedNumber.objects.update_or_create(
        channel=channel, defaults={"stage": "qr", "jid": f"{digits}:7@s.whatsapp.net"}
    )
    commands._advance(
        cast("LinkedProvider", SimpleNamespace(channel=channel, child=child, ask=ask)), commands.number_of(channel)
    )
    channel.refresh_from_db()
    return channel


def test_the_same_number_linked_again_keeps_its_standing() -> None:
    long_ago = clock.now() - timedelta(days=60)
    channel = make_channel(provider="linked", phone="+6281200000001", linked_at=long_ago, warm_up=False)
    linked = _linked_as(channel, "6281200000001")
    assert (linked.phone, linked.linked_at, linked.warm_up) == ("+6281200000001", long_ago, False)


def test_another_number_in_its_place_warms_up_from_the_first_day() -> None:
    """The caps of a number that WhatsApp has known for months would get a new one banned."""
    long_ago = clock.now() - timedelta(days=60)
    channel = make_channel(provider="linked", phone="+6281200000001", linked_at=long_ago, warm_up=False)
    linked = _linked_as(channel, "6281299999999")
    assert (linked.phone, linked.warm_up) == ("+6281299999999", True)
    assert linked.linked_at is not None
    assert clock.now() - linked.linked_at < timedelta(minutes=1)


def test_a_first_link_leaves_the_day_to_the_connection() -> None:
    linked = _linked_as(make_channel(provider="linked", phone="", linked_at=None), "6281200000001")
    assert (linked.phone, linked.linked_at) == ("+6281200000001", None)
