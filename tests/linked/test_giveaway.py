"""A giveaway over a linked number: the word or the code arrives at the shop, and each person gets one reward.

The gateway is killed in between; the rewards are still given once.
"""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.forking import ForkServer
from tests.linked.conftest import BUYER, SHOP
from tests.linked.gateways import Gateways, children_of, wait_for
from tests.linked.test_end_to_end import link, texts
from tests.waserver.network import Network
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.commerce.models import Voucher
from wabolt.consent.models import ConsentEvent
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.contacts.queries import find_by_identity
from wabolt.messaging.models import Message
from wabolt.optin.giveaways.queries import entrants
from wabolt.optin.giveaways.tests.factories import make_giveaway
from wabolt.optin.models import Giveaway

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OTHERS = [f"62812000{number:05}" for number in range(4)]


@pytest.fixture
def gateways(network: Network, fork_server: ForkServer) -> Iterator[Gateways]:
    made = Gateways(network, fork_server)
    yield made
    made.end()


@pytest.fixture
def channel() -> Channel:
    channel = make_channel(provider="linked", state=Channel.State.NEW, phone="", messages_per_minute=20)
    create_defaults(workspace=channel.workspace)
    return channel


def test_one_reward_each_over_a_linked_number(network: Network, gateways: Gateways, channel: Channel) -> None:
    process = gateways.start()
    link(network, channel)
    giveaway = make_giveaway(channel, stock=4)
    network.ctl("send", sender=BUYER, to=SHOP, text="Halo kak, batik ya 🙏")
    wait_for("the reward", lambda: texts(network, BUYER))
    rani = find_by_identity(channel.workspace, "phone", f"+{BUYER}")
    assert rani is not None
    voucher = Voucher.objects.get(contact=rani)
    assert voucher.code in texts(network, BUYER)[0]
    assert consent_of(channel.workspace, rani.pk).state is None
    wait_for("the question", lambda: len(texts(network, BUYER)) == 2)
    network.ctl("send", sender=BUYER, to=SHOP, text="Ya")
    wait_for("the permission", lambda: ConsentEvent.objects.filter(contact=rani, action="granted").exists())

    Giveaway.objects.update(asks_permission=False)
    for phone in OTHERS:
        network.ctl("register", phone=phone)
        network.ctl("send", sender=phone, to=SHOP, text=f"BATIK #{giveaway.point.placements.get().code}")
    for child in (*children_of(process), process.pid):
        os.kill(child, signal.SIGKILL)
    gateways.start()
    mine = Message.objects.filter(origin_kind="giveaway", direction="outbound")
    wait_for("an answer to each", lambda: mine.count() == 1 + len(OTHERS))
    wait_for("all sent", lambda: not mine.filter(state__in=["queued", "sending"]).exists())
    assert entrants(giveaway).count() == 4
    codes = set(Voucher.objects.values_list("code", flat=True))
    assert len(codes) == 4, "the stock"
    seen = [text for phone in (BUYER, *OTHERS) for text in texts(network, phone)]
    counts = {code: sum(code in text for text in seen) for code in codes}
    # A message that the kill interrupted is in doubt and is never sent again.
    assert max(counts.values()) == 1, counts
    assert sum(counts.values()) >= 3, counts
