"""Fixtures of the privacy desk: a shop with a number of the scripted provider."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import pytest

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.tests.factories import make_member
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.channels.tests.scripted import ScriptedProvider, World
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.lib.clock import HeldClock
from wabolt.messaging.services import process_raw_events
from wabolt.privacy.services import ensure_settings

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
AYU, BUDI = "+6281200000001", "+6281200000002"
Say = Callable[..., None]


@pytest.fixture
def held() -> Iterator[HeldClock]:
    with clock.hold(NOON) as moment:
        yield moment


@pytest.fixture
def channel(db: None, held: HeldClock, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")
    channel = make_channel()
    World._worlds.pop(channel.pk, None)
    create_defaults(workspace=channel.workspace)
    ensure_settings(workspace=channel.workspace)
    return channel


@pytest.fixture
def shop(channel: Channel) -> Workspace:
    return channel.workspace


@pytest.fixture
def world(channel: Channel) -> World:
    return World.of(channel)


@pytest.fixture
def owner(shop: Workspace) -> User:
    return make_member(shop, "owner")


@pytest.fixture
def say(channel: Channel) -> Say:
    """Lets a customer write to the shop, or several at once: {phone: text}."""
    number = iter(range(10**9))

    def write(text: str, phone: str = AYU, *, together: Mapping[str, str] | None = None) -> None:
        for who, words in (together or {phone: text}).items():
            World.of(channel).tell_message(who, words, f"privacy-{next(number)}")
        ScriptedProvider(channel).collect(1000)
        process_raw_events(channel)

    return write


def person(phone: str = AYU) -> Contact:
    """The contact with this number."""
    return Contact.objects.get(identities__value=phone)
