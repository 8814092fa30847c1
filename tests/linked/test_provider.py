"""The provider over the real client."""

import pytest

from tests.linked.conftest import BUYER
from wabolt.channels.models import RawEvent
from wabolt.channels.providers.base import Accepted, IncomingMessage, Outgoing, ReceiptArrived

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def events(linked, kind):
    raws = RawEvent.objects.filter(channel=linked.channel).order_by("id")
    return [e for raw in raws for e in linked.provider.parse(raw) if isinstance(e, kind)]


def test_a_number_is_linked_talks_and_hears(linked) -> None:
    shop = linked().link()
    assert shop.channel.phone == "+6281100000001"
    [sent] = shop.provider.send([Outgoing("41", "phone", f"+{BUYER}", "Halo Kak")])
    assert isinstance(sent, Accepted)
    shop.until("the delivery", lambda: [r for r in events(shop, ReceiptArrived) if r.kind == "delivered"])
    [first, *_] = events(shop, ReceiptArrived)
    assert first.provider_ids == (sent.provider_id,)
    assert first.ref == "41"
    shop.network.ctl("send", sender=BUYER, to=shop.phone, text="JOIN")
    [message] = shop.until("the answer", lambda: events(shop, IncomingMessage))
    assert message.text == "JOIN"
    assert message.identities[0] == ("phone", f"+{BUYER}")
    assert message.identities[1][0] == "lid"
