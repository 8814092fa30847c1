"""An event over a linked number: register, wait, cancel, take the freed seat, and come."""

from datetime import timedelta

import pytest

from tests.linked.conftest import BUYER, SHOP
from tests.linked.gateways import Gateways, wait_for
from tests.linked.test_end_to_end import channel, gateways, link, texts
from tests.waserver.network import Network
from wabolt.channels.models import Channel
from wabolt.consent.queries import consent_of
from wabolt.lib import clock
from wabolt.optin.events.services import check_in
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.models import Registration
from wabolt.optin.services import Submission, submit_entry

__all__ = ["channel", "gateways"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OTHER = "6281100000003"


def test_a_freed_seat_goes_to_the_customer_who_waits(network: Network, gateways: Gateways, channel: Channel) -> None:
    network.ctl("register", phone=OTHER, name="Budi")
    gateways.start()
    link(network, channel)
    channel.refresh_from_db()
    event = make_event(channel, starts_at=clock.now() + timedelta(days=2), capacity=1)
    answers = {"name": "Rani Wijaya"}
    form = submit_entry(placement=event.point.placements.get(), submission=Submission(marketing=True, answers=answers))

    network.ctl("send", sender=BUYER, to=SHOP, text=f"{event.point.greeting} #{form.code}")
    wait_for("the confirmation", lambda: texts(network, BUYER))
    [confirmation] = [item for item in network.ctl("inbox", phone=BUYER) if not item["from_me"]]
    assert confirmation["kind"] == "document"
    assert "Kakak terdaftar di *Kelas Batik*" in confirmation["text"]

    network.ctl("send", sender=OTHER, to=SHOP, text=f"saya mau ikut #{event.point.placements.get().code}")
    wait_for("the waiting list", lambda: texts(network, OTHER))
    assert "daftar tunggu" in texts(network, OTHER)[0]

    network.ctl("send", sender=BUYER, to=SHOP, text="Maaf kak, batal")
    wait_for("the goodbye", lambda: "sudah dibatalkan" in texts(network, BUYER)[-1])
    wait_for("the offer", lambda: "Balas YA" in texts(network, OTHER)[-1])
    network.ctl("send", sender=OTHER, to=SHOP, text="Ya kak")
    wait_for("the seat", lambda: "Kakak terdaftar" in texts(network, OTHER)[-1])

    gone, guest = Registration.objects.order_by("pk")
    assert (gone.state, guest.state) == ("cancelled", "registered")
    assert check_in(workspace=channel.workspace, registration_id=guest.pk, by=None).changed
    assert consent_of(channel.workspace, gone.contact_id).state == "granted", "the box of the form was ticked"
    assert consent_of(channel.workspace, guest.contact_id).state is None
