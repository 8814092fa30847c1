"""Fixtures of events: a simulated number whose customers a test plays."""

from collections.abc import Callable, Mapping

import pytest

from wabolt.channels.models import Channel
from wabolt.channels.providers.simulator.provider import SimulatorProvider
from wabolt.channels.services import write_as_customer
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import create_defaults
from wabolt.messaging.services import process_raw_events

Say = Callable[..., None]


@pytest.fixture
def channel(db: None) -> Channel:
    channel = make_channel()
    create_defaults(workspace=channel.workspace)
    return channel


@pytest.fixture
def say(channel: Channel) -> Say:
    """Lets customers write: say("BATAL", phone), or at once: say(together={phone: text})."""

    def write(text: str = "", phone: str = "+6281399900001", *, together: Mapping[str, str] | None = None) -> None:
        for who, words in (together or {phone: text}).items():
            write_as_customer(channel=channel, phone=who, text=words, name="")
        SimulatorProvider(channel).collect(1000)
        process_raw_events(channel)

    return write
