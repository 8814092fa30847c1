"""Fixtures of linked numbers and their WhatsApp server."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from tests.waserver.network import Network
from wabolt.channels.models import Channel, ChannelCommand, LinkedNumber
from wabolt.channels.providers.linked.provider import LinkedProvider
from wabolt.channels.tests.factories import make_channel

SHOP = "6281100000001"
BUYER = "6281100000002"


@pytest.fixture(autouse=True)
def _sessions_are_gone(transactional_db: None) -> Iterator[None]:
    """The library's schema is not part of Django, so Django does not empty it. A killed run leaves it behind."""
    forget_sessions()
    yield
    forget_sessions()


def forget_sessions() -> None:
    """Drops the library's schema. A later server gives the same addresses, and the library keeps the keys it has."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS whatsmeow CASCADE")


@pytest.fixture
def network(wa_network: Network, monkeypatch: pytest.MonkeyPatch) -> Network:
    """The test WhatsApp server; the environment of this process points to it."""
    for name, value in wa_network.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WABOLT_WA_PROXY", wa_network.proxy)
    for phone, name in ((SHOP, "Toko"), (BUYER, "Rani")):
        wa_network.ctl("register", phone=phone, name=name)
    return wa_network


class Linked:
    """A linked number with its provider, driven step by step like a lane."""

    def __init__(self, network: Network, phone: str = SHOP, **channel: Any) -> None:
        self.network = network
        self.phone = phone
        self.channel = make_channel(provider="linked", state=Channel.State.NEW, phone="", **channel)
        self.provider = LinkedProvider(self.channel)

    @property
    def number(self) -> LinkedNumber:
        return LinkedNumber.objects.get(channel=self.channel)

    def until(self, what: str, holds: Callable[[], Any], seconds: float = 150) -> Any:
        """Runs steps until `holds` is true and returns its value."""
        began = time.monotonic()
        while not (found := holds()):
            waited = time.monotonic() - began
            assert waited < seconds, f"waited in vain for: {what}; {self.state()}"
            self.provider.collect(1000)
            time.sleep(min(0.25, 0.03 + waited / 20))  # a step takes processor time from the number's process
        return found

    def state(self) -> str:
        """Returns the stage of the linking and the state of its process, for the message of a failed test."""
        number, child = self.number, self.provider.child
        said = f"stage {number.stage!r}, detail {number.detail!r}, jid {number.jid!r}"
        return f"{said}, process {child.ended or 'running' if child else None!r}"

    def ask(self, kind: str, **arguments: Any) -> None:
        """Adds a command as a page does, and runs one step."""
        ChannelCommand.objects.create(channel=self.channel, kind=kind, arguments=arguments)
        self.provider.collect(1000)

    def link(self) -> "Linked":
        """Pairs by QR code and waits until the number is linked."""
        self.provider.connect()
        self.ask("pair")
        self.until("a QR code", lambda: self.number.stage == "qr")
        self.network.ctl("pair", qr=self.number.secret, phone=self.phone)
        self.until("linked", lambda: self.number.stage == "linked")
        self.channel.refresh_from_db()
        return self


@pytest.fixture
def linked(network: Network, quick_python: str) -> Iterator[Callable[..., Linked]]:
    """Makes linked numbers; their processes end with the test."""
    made: list[Linked] = []

    def make(**options: Any) -> Linked:
        made.append(Linked(network, **options))
        return made[-1]

    yield make
    for one in made:
        one.provider.close()
