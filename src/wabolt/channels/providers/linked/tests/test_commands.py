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
    """Returns the channel after a phone with this number has scanned the code."""

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


def test_relinking_the_same_number_keeps_its_warm_up() -> None:
    long_ago = clock.now() - timedelta(days=60)
    channel = make_channel(provider="linked", phone="+6281200000001", linked_at=long_ago, warm_up=False)
    linked = _linked_as(channel, "6281200000001")
    assert (linked.phone, linked.linked_at, linked.warm_up) == ("+6281200000001", long_ago, False)


def test_linking_another_number_restarts_the_warm_up() -> None:
    """With the caps of an old number, WhatsApp would ban a new one."""
    long_ago = clock.now() - timedelta(days=60)
    channel = make_channel(provider="linked", phone="+6281200000001", linked_at=long_ago, warm_up=False)
    linked = _linked_as(channel, "6281299999999")
    assert (linked.phone, linked.warm_up) == ("+6281299999999", True)
    assert linked.linked_at is not None
    assert clock.now() - linked.linked_at < timedelta(minutes=1)


def test_first_link_starts_the_warm_up_when_it_connects() -> None:
    linked = _linked_as(make_channel(provider="linked", phone="", linked_at=None), "6281200000001")
    assert (linked.phone, linked.linked_at) == ("+6281200000001", None)
