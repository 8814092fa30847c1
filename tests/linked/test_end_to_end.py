"""A shop's day over a linked number, with a real gateway, a real client and each kind of fault."""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import time as clock_time
from uuid import uuid4

import pytest

from tests.forking import ForkServer
from tests.linked.conftest import BUYER, SHOP
from tests.linked.gateways import Gateways, children_of, wait_for
from tests.waserver.network import Network
from wabolt.channels.models import Channel, ChannelCommand, LinkedNumber
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import find_by_identity
from wabolt.contacts.tests.factories import make_contact
from wabolt.messaging import services
from wabolt.messaging.models import Lane, Message

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TAKEOVER_SECONDS = 16
"""A lease of six seconds, and ten until a gateway of a busy machine looks for lanes again."""


@pytest.fixture
def gateways(network: Network, fork_server: ForkServer) -> Iterator[Gateways]:
    made = Gateways(network, fork_server)
    yield made
    made.end()


@pytest.fixture
def channel() -> Channel:
    channel = make_channel(
        provider="linked",
        state=Channel.State.NEW,
        phone="",
        quiet_from=clock_time(0),
        quiet_until=clock_time(0),
        messages_per_minute=20,
        jitter_percent=10,
    )
    create_defaults(workspace=channel.workspace)
    return channel


def state_of(channel: Channel) -> str:
    return Channel.objects.values_list("state", flat=True).get(pk=channel.pk)


def link(network: Network, channel: Channel) -> None:
    """Links the number, as the page and the phone do."""
    LinkedNumber.objects.get_or_create(channel=channel)
    ChannelCommand.objects.create(channel=channel, kind="pair")
    number = LinkedNumber.objects.filter(channel=channel)
    wait_for("a QR code", lambda: number.get().stage == "qr")
    network.ctl("pair", qr=number.get().secret, phone=SHOP)
    wait_for("the link", lambda: state_of(channel) == "connected")


def texts(network: Network, phone: str) -> list[str]:
    """Returns the texts that a phone received."""
    return [item["text"] for item in network.ctl("inbox", phone=phone) if not item["from_me"]]


def promote(channel: Channel, contact_ids: list[int], text: str, broadcast: int) -> list[Message]:
    content = services.create_content(workspace=channel.workspace, text=text)
    return services.queue_messages(
        workspace=channel.workspace,
        channel=channel,
        contact_ids=contact_ids,
        draft=services.Draft(purpose="marketing", origin_kind="broadcast", origin_id=broadcast, content=content),
    )


def write(channel: Channel, contacts: list[Contact], text: str) -> list[Message]:
    return services.queue_messages(
        workspace=channel.workspace,
        channel=channel,
        contact_ids=[contact.pk for contact in contacts],
        draft=services.Draft(
            purpose="service", origin_kind="test", text=text, priority=Message.Priority.SERVICE, key=uuid4().hex
        ),
    )


def crowd(network: Network, channel: Channel, count: int) -> list[Contact]:
    """Returns contacts with phones of their own."""
    people = []
    for n in range(count):
        phone = f"62812000{n:05}"
        network.ctl("register", phone=phone)
        people.append(make_contact(channel.workspace, f"Ayu {n}", phone=f"+{phone}"))
    return people


def received(network: Network, people: list[Contact], text: str) -> Counter[int]:
    """Returns how often each of these people received the text."""
    return Counter({p.pk: texts(network, p.identities.get().value.removeprefix("+")).count(text) for p in people})


def states(messages: list[Message]) -> Counter[str]:
    return Counter(Message.objects.filter(pk__in=[m.pk for m in messages]).values_list("state", flat=True))


def test_a_customer_joins_reads_answers_and_stops(network: Network, gateways: Gateways, channel: Channel) -> None:
    gateways.start()
    link(network, channel)
    network.ctl("send", sender=BUYER, to=SHOP, text="JOIN")
    wait_for("the welcome", lambda: texts(network, BUYER))
    assert "Selamat datang" in texts(network, BUYER)[0]
    rani = find_by_identity(channel.workspace, "phone", f"+{BUYER}")
    assert rani is not None
    assert set(rani.identities.values_list("kind", flat=True)) == {"phone", "lid"}
    assert consent_of(channel.workspace, rani.pk).state == "granted"

    stranger = make_contact(channel.workspace, "Belum Kenal", phone="+6281100000099")
    [promotion] = promote(channel, [rani.pk], "Batik baru, Kak!", 1)
    wait_for("the broadcast", lambda: len(texts(network, BUYER)) == 2)
    network.ctl("read", phone=BUYER, chat=SHOP)
    wait_for("the blue ticks", lambda: states([promotion]) == {"read": 1})

    network.ctl("send", sender=BUYER, to=SHOP, text="Ukuran L ada?")
    network.ctl("send", sender=SHOP, to=BUYER, text="Ada, Kak (dari HP toko)")
    wait_for("both in the chat", lambda: Message.objects.filter(text__contains="dari HP toko").exists())
    assert Message.objects.filter(direction="inbound", contact=rani).count() == 2

    network.ctl("send", sender=BUYER, to=SHOP, text="STOP")
    wait_for("the goodbye", lambda: "sudah kami hentikan" in texts(network, BUYER)[-1])
    assert consent_of(channel.workspace, rani.pk).state == "withdrawn"
    again = promote(channel, [rani.pk, stranger.pk], "Satu lagi, Kak", 2)
    wait_for("the refusal", lambda: states(again) == {"suppressed": 2})
    assert "Satu lagi, Kak" not in "".join(texts(network, BUYER))


def test_line_cut_child_killed_phone_offline_number_unlinked(
    network: Network, gateways: Gateways, channel: Channel
) -> None:
    """No message is sent twice, none is lost silently, and the state of the number is right each time."""
    gateway = gateways.start()
    link(network, channel)
    people = crowd(network, channel, 9)

    offline = people[0].identities.get().value.removeprefix("+")
    network.ctl("phone-online", phone=offline, online=False)
    network.ctl("fault", phone=SHOP, drop_after_sends=4)
    first = write(channel, people, "Pesanan Kakak siap")
    wait_for("all through the cut", lambda: not {"queued", "sending"} & states(first).keys())
    counts = received(network, people[1:], "Pesanan Kakak siap")
    assert max(counts.values()) == 1, "nobody got it twice"
    missing = [p for p in people[1:] if not counts[p.pk]]
    untold = Message.objects.filter(pk__in=[m.pk for m in first], contact__in=missing)
    assert set(untold.values_list("state", flat=True)) <= {"unknown", "failed"}, "and whoever did not is named"

    wait_for("its process", lambda: children_of(gateway))
    second = write(channel, people[1:], "Paket sudah dikirim")
    wait_for("some of them", lambda: states(second)["sent"] + states(second)["delivered"] > 2)
    [child] = children_of(gateway)
    os.kill(child, signal.SIGKILL)
    wait_for("all through the kill", lambda: not {"queued", "sending"} & states(second).keys())
    counts = received(network, people[1:], "Paket sudah dikirim")
    assert max(counts.values()) == 1
    assert states(second)["unknown"] <= 1, "only what was under way is in doubt"
    assert state_of(channel) == "connected"

    [silent] = [m for m in first if m.contact_id == people[0].pk]
    silent.refresh_from_db()
    assert silent.state == "sent", "one tick while the phone is off"
    network.ctl("phone-online", phone=offline, online=True)
    wait_for("its second tick", lambda: states([silent]) == {"delivered": 1})

    network.ctl("logout", phone=SHOP)
    wait_for("the truth", lambda: state_of(channel) == "logged_out")
    waiting = write(channel, people[1:2], "Menunggu")
    wait_for("its end", lambda: not children_of(gateway))
    assert states(waiting) == {"queued": 1}, "what waits is kept"
    link(network, channel)
    wait_for("it to go", lambda: states(waiting).keys() <= {"sent", "delivered"})


def test_a_number_goes_from_a_frozen_gateway_to_another_and_back(
    network: Network, gateways: Gateways, channel: Channel
) -> None:
    """The frozen gateway sends nothing when it thaws. It takes the number over when the other one is killed. Each time
    the number is connected once."""
    frozen = gateways.start()
    link(network, channel)
    people = crowd(network, channel, 6)
    messages = write(channel, people, "Halo Kak")
    wait_for("some of them", lambda: states(messages)["queued"] < 5)
    token = Lane.objects.get(channel=channel).token
    frozen.send_signal(signal.SIGSTOP)
    other = gateways.start()
    _wait_for_a_new_holder(channel, token)
    wait_for("its connection", lambda: states(messages)["queued"] == 0)
    held = Lane.objects.get(channel=channel)
    logins = len(network.ctl("events", kind="login"))
    frozen.send_signal(signal.SIGCONT)
    later = write(channel, people[:3], "Sesudahnya")
    wait_for("the rest", lambda: not {"queued", "sending"} & states(later).keys())
    tokens = Message.objects.filter(pk__in=[m.pk for m in later]).values_list("lane_token", flat=True)
    assert set(tokens) == {held.token}
    for text in ("Halo Kak", "Sesudahnya"):
        assert max(received(network, people, text).values()) == 1
    assert len(network.ctl("events", kind="login")) == logins, "the number stayed where it was"

    last = write(channel, people, "Terakhir")
    wait_for("some of the last", lambda: states(last)["queued"] < 5)
    other.kill()
    _wait_for_a_new_holder(channel, held.token)
    wait_for("all of them", lambda: not {"queued", "sending"} & states(last).keys())
    assert max(received(network, people, "Terakhir").values()) == 1
    assert len(network.ctl("events", kind="login")) == logins + 1, "connected once"
    devices = network.ctl("state")["accounts"][SHOP]["devices"]
    assert [device["online"] for device in devices.values()] == [True]


def _wait_for_a_new_holder(channel: Channel, token: int) -> None:
    wait_for("a new holder", lambda: Lane.objects.get(channel=channel).token > token, TAKEOVER_SECONDS)
