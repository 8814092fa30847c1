"""Fixtures of messaging's tests."""

from datetime import UTC, datetime

import pytest

from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels import registry
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import World
from wabolt.lib import clock

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
"""12.00 in Jakarta, outside of any quiet hours."""


@pytest.fixture
def held():
    """The clock is held at noon until the test moves it."""
    with clock.hold(NOON) as moment:
        yield moment


@pytest.fixture
def channel(db, held, monkeypatch):
    """A fast number over a provider that does what the test says (see `world`)."""
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel(make_workspace())
    World._worlds.pop(channel.pk, None)
    return channel


@pytest.fixture
def world(channel):
    return World.of(channel)
