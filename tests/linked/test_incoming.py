"""Received pictures, read receipts, typing and number checks, with a real gateway and a real client."""

import base64
from collections.abc import Iterator
from datetime import time as clock_time

import pytest

from tests.forking import ForkServer
from tests.linked.conftest import BUYER, SHOP
from tests.linked.gateways import Gateways, wait_for
from tests.linked.test_end_to_end import link, state_of, states, texts, write
from tests.waserver.network import Network
from wabolt.accounts.tests.factories import make_member
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Identity
from wabolt.contacts.queries import find_by_identity
from wabolt.contacts.tests.factories import make_contact
from wabolt.media.tests.factories import picture_bytes
from wabolt.messaging import services
from wabolt.messaging.models import IncomingFile, Message

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PICTURE = picture_bytes(900, 700, "green")
NOBODY, OTHER = "6281100009999", "6281100000003"


@pytest.fixture
def gateways(network: Network, fork_server: ForkServer) -> Iterator[Gateways]:
    made = Gateways(network, fork_server)
    yield made
    made.end()


@pytest.fixture
def channel() -> Channel:
    channel = make_channel(
        provider="linked", state=Channel.State.NEW, phone="", quiet_from=clock_time(0), quiet_until=clock_time(0)
    )
    create_defaults(workspace=channel.workspace)
    return channel


def happened(network: Network, kind: str, **what: str) -> list[dict[str, str]]:
    return [e for e in network.ctl("events", kind=kind) if what.items() <= e.items()]


def test_a_customers_picture_is_the_shops_answering_is_seen_and_strangers_are_asked_about(
    network: Network, gateways: Gateways, channel: Channel
) -> None:
    """Includes the death of a gateway and a file that WhatsApp no longer has."""
    first = gateways.start()
    link(network, channel)
    image = base64.b64encode(PICTURE).decode()
    network.ctl("send", sender=BUYER, to=SHOP, image=image, caption="Yang ini ada, Kak?")
    done = IncomingFile.objects.filter(state="done")
    wait_for("the picture", done.exists)
    [message] = Message.objects.filter(direction="inbound")
    assert message.text == "📷 Yang ini ada, Kak?"
    assert message.media is not None
    assert bytes(message.media.data) == PICTURE
    assert (message.media.mime_type, message.media.width) == ("image/jpeg", 900)
    rani = find_by_identity(channel.workspace, "phone", f"+{BUYER}")
    assert rani is not None
    assert not happened(network, "chatstate")

    agent = make_member(channel.workspace, "agent")
    services.queue_reply(
        workspace=channel.workspace, contact=rani, reply=services.Reply(text="Ada, Kak! Ukuran M dan L.", author=agent)
    )
    wait_for("the answer", lambda: "Ada, Kak! Ukuran M dan L." in texts(network, BUYER))
    assert happened(network, "chatstate", sender=SHOP, to=BUYER, state="composing")
    wait_for("blue ticks", lambda: any(r["type"] == "read" for r in network.ctl("receipts", phone=BUYER)))

    first.kill()
    first.wait()
    network.ctl("send", sender=BUYER, to=SHOP, image=image, caption="Atau yang ini")
    gateways.start()

    def has_come() -> bool:
        assert state_of(channel) != "logged_out"
        return done.count() == 2

    wait_for("the second picture", has_come)
    assert set(Message.objects.filter(direction="inbound").values_list("media", flat=True)) == {message.media.pk}
    _strangers_are_asked_about_before_they_are_written_to(network, channel)


def _strangers_are_asked_about_before_they_are_written_to(network: Network, channel: Channel) -> None:
    network.ctl("register", phone=OTHER, name="Ayu")
    there = make_contact(channel.workspace, "Ayu", phone=f"+{OTHER}")
    nobody = make_contact(channel.workspace, "Salah", phone=f"+{NOBODY}")
    messages = write(channel, [there, nobody], "Pesanan Kakak siap diambil")
    wait_for("both settled", lambda: set(states(messages)) == {"sent", "suppressed"} or set(states(messages)) == {
        "delivered", "suppressed"
    })  # fmt: skip
    assert Message.objects.get(contact=nobody).reason == "wrong_number"
    assert "Pesanan Kakak siap diambil" in texts(network, OTHER)
    facts = dict(Identity.objects.filter(kind="phone").values_list("value", "on_whatsapp"))
    assert facts[f"+{NOBODY}"] is False
    assert state_of(channel) == "connected"
