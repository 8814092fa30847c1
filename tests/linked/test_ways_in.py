"""Ways in over a linked number: from a form, a printed code, a link in the bio and an offer in a chat to the confirmed
contact. Events and giveaways: test_event_walk.py, test_giveaway.py."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse
from PIL import Image

from tests.linked.conftest import BUYER, SHOP
from tests.linked.gateways import Gateways, wait_for
from tests.linked.test_end_to_end import channel, gateways, link, texts  # noqa: F401 - two of them are fixtures
from tests.waserver.network import Network
from wabolt.accounts.tests.factories import signed_in
from wabolt.channels.models import Channel
from wabolt.consent.queries import consent_of
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import find_by_identity
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.optin.models import Entry, EntryPoint
from wabolt.optin.print_kit import MEDIA, Content, draw_png, sheet
from wabolt.optin.services import LinkDraft
from wabolt.optin.tests.factories import make_point

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SCANNER, FOLLOWER, ASKER = "6281200000077", "6281200000078", "6281200000079"


def message_of(address: str) -> str:
    """The message that WhatsApp prepares for an address; its number is the shop's."""
    parts = urlsplit(address)
    assert (parts.netloc, parts.path) == ("wa.me", f"/{SHOP}")
    return parse_qs(parts.query)["text"][0]


def filled_in(point: EntryPoint) -> str:
    """Fills in the public form, and returns the address of the button that opens WhatsApp."""
    visitor, page = Client(), reverse("optin:join", args=[point.slug])
    with clock.skewed(-timedelta(minutes=1)):
        key = visitor.get(page).content.decode().partition('name="key" value="')[2].partition('"')[0]
    answer = visitor.post(page, {"key": key, "marketing": "on", "answer_name": "Rani Wijaya"}, follow=True)
    return button_of(answer.content.decode())


def button_of(html: str) -> str:
    """The address of the button that opens WhatsApp."""
    found = re.search(r'href="(https://wa\.me/[^"]+)"', html)
    assert found
    return unescape(found[1])


def confirmed(point: EntryPoint, phone: str) -> Contact:
    person = find_by_identity(point.workspace, "phone", f"+{phone}")
    assert person is not None
    assert Entry.objects.filter(point=point, contact=person, state="confirmed", message_id__isnull=False).count() == 1
    assert consent_of(point.workspace, person.pk).state == "granted"
    return person


def test_four_ways_in_end_in_confirmed_contacts(
    network: Network,
    gateways: Gateways,  # noqa: F811
    channel: Channel,  # noqa: F811
) -> None:
    gateways.start()
    link(network, channel)
    channel.refresh_from_db()
    form = make_point(channel, kind="form", questions=[{"key": "name", "required": True}])
    network.ctl("send", sender=BUYER, to=SHOP, text=f"{message_of(filled_in(form))} makasih kak")
    wait_for("the welcome", lambda: texts(network, BUYER))
    assert confirmed(form, BUYER).name == "Rani Wijaya"

    till = make_point(channel, kind="qr", voucher_percent=10)
    printed = draw_png(sheet(MEDIA["card"], Content.of(till, till.placements.get())))
    [code] = zxingcpp.read_barcodes(Image.open(BytesIO(printed)))
    network.ctl("register", phone=SCANNER)
    network.ctl("send", sender=SCANNER, to=SHOP, text=message_of(code.text))
    wait_for("the voucher", lambda: any("10%" in text for text in texts(network, SCANNER)))
    confirmed(till, SCANNER)

    bio = make_point(channel, kind="link", links=[LinkDraft("Katalog", "https://toko.example/katalog")])
    page = Client().get(reverse("optin:join", args=[bio.slug])).content.decode()
    network.ctl("register", phone=FOLLOWER)
    network.ctl("send", sender=FOLLOWER, to=SHOP, text=message_of(button_of(page)))
    wait_for("the welcome of the follower", lambda: texts(network, FOLLOWER))
    confirmed(bio, FOLLOWER)

    network.ctl("register", phone=ASKER)
    network.ctl("send", sender=ASKER, to=SHOP, text="Kak, kebaya ini ada ukuran L?")
    wait_for("the question", lambda: Message.objects.filter(text__contains="ukuran L").exists())
    asker = Message.objects.get(text__contains="ukuran L").contact
    assert asker is not None
    signed_in(channel.workspace, "agent").post(reverse("optin:offer", args=[asker.pk]))
    wait_for("the offer", lambda: texts(network, ASKER))
    assert consent_of(channel.workspace, asker.pk).state is None
    network.ctl("send", sender=ASKER, to=SHOP, text="Ya mau")
    wait_for("the permission", lambda: consent_of(channel.workspace, asker.pk).state == "granted")
    confirmed(EntryPoint.objects.get(kind="chat"), ASKER)
