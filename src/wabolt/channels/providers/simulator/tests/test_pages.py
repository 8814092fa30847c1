"""Pages on which a person operates a simulated phone."""

from collections.abc import Iterable, Iterator
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels import registry
from wabolt.channels.models import Channel, PlayedPhone, SimulatedDelivery, SimulatedEvent, SimulatedReply
from wabolt.channels.providers.simulator import phones
from wabolt.channels.providers.simulator.provider import SimulatorProvider
from wabolt.channels.registry.contract import Outgoing
from wabolt.channels.registry.ports import Person
from wabolt.channels.tests.factories import make_channel

pytestmark = pytest.mark.django_db

AYU = "+6281200000001"
PROMO = "Halo <b>Kak</b>! Pakai kode 7KQ2P9AB di https://toko.example/l/abc"


class FakePeople:
    def search(self, workspace: Workspace, text: str, limit: int) -> list[Person]:
        return [p for p in (Person("Ayu <i>", AYU),) if text.lower() in p.name.lower()]

    def names(self, workspace: Workspace, phones: Iterable[str]) -> dict[str, str]:
        return {phone: "Ayu <i>" for phone in phones if phone == AYU}


@pytest.fixture(autouse=True)
def _people() -> Iterator[None]:
    before = registry.people()
    registry.register_people(FakePeople())
    yield
    registry.ports._ports.people = before


@pytest.fixture
def channel() -> Channel:
    return make_channel()


@pytest.fixture
def client(channel: Channel) -> Client:
    return signed_in(channel.workspace, "agent")


def page(channel: Channel, phone: str = AYU) -> str:
    return reverse("channels:phone", args=[channel.pk, phone.removeprefix("+")])


def hold(channel: Channel) -> str:
    phones.take(channel=channel, phone=AYU)
    return page(channel)


def deliver(channel: Channel, text: str = PROMO, ref: str = "m1") -> None:
    SimulatorProvider(channel).send([Outgoing(ref, "phone", AYU, text)])


def fragment(client: Client, url: str, known: str = "") -> object:
    return client.get(url, headers={"HX-Request": "true", "HX-Target": "screen", "If-None-Match": known})


def test_choosing_a_contact_a_fresh_number_or_any(channel: Channel, client: Client) -> None:
    here = reverse("channels:phones")
    assert "Ayu &lt;i&gt;" in client.get(here, {"q": "ayu"}).content.decode()
    assert client.post(here, {"channel": channel.pk, "phone": AYU}).url == page(channel)
    assert client.post(here, {"channel": channel.pk, "phone": "0812 9999 888"}).url == page(channel, "+628129999888")
    assert client.post(here, {"channel": channel.pk, "fresh": "1"}).status_code == 302
    assert PlayedPhone.objects.filter(channel=channel).count() == 3
    assert client.post(here, {"channel": channel.pk, "phone": "apa"}).status_code == 422


def test_search_returns_only_its_fragment(channel: Channel, client: Client) -> None:
    answer = client.get(
        reverse("channels:phones"), {"q": "zzz"}, headers={"HX-Request": "true", "HX-Target": "found"}
    ).content.decode()
    assert "<html" not in answer
    assert "csrfmiddlewaretoken" not in answer


def test_written_message_is_planned_as_an_event_and_shown_escaped(channel: Channel, client: Client) -> None:
    url = hold(channel)
    assert client.post(url, {"text": "Harga berapa <kak>?"}).status_code == 302
    assert SimulatedReply.objects.get().text == "Harga berapa <kak>?"
    event = SimulatedEvent.objects.get()
    assert (event.kind, event.payload["name"]) == ("message", "Ayu <i>")
    shown = client.get(url).content.decode()
    assert "Harga berapa &lt;kak&gt;?" in shown
    assert "<kak>" not in shown


def test_empty_message_is_not_sent(channel: Channel, client: Client) -> None:
    client.post(hold(channel), {"text": "   "})
    assert not SimulatedReply.objects.exists()


def test_opening_the_chat_sends_read_receipts_once(channel: Channel, client: Client) -> None:
    url = hold(channel)
    deliver(channel)
    client.get(url)
    client.get(url)
    assert SimulatedEvent.objects.filter(kind="read").count() == 1
    assert SimulatedDelivery.objects.get().read_at is not None


def test_the_fragment_is_304_until_something_changes_and_holds_no_token(channel: Channel, client: Client) -> None:
    url = hold(channel)
    deliver(channel)
    first = fragment(client, url)
    body = first.content.decode()
    assert first.status_code == 200
    assert "csrfmiddlewaretoken" not in body
    assert "<html" not in body
    assert fragment(client, url, first["ETag"]).status_code == 304
    phones.write(channel=channel, phone=AYU, text="halo")
    changed = fragment(client, url, first["ETag"])
    assert changed.status_code == 200
    SimulatorProvider(channel).collect(10)
    assert fragment(client, url, changed["ETag"]).status_code == 200


def test_a_link_is_tapped_and_a_voucher_is_used_from_the_chat(channel: Channel, client: Client) -> None:
    url = hold(channel)
    deliver(channel)
    shown = client.get(url).content.decode()
    assert 'value="7KQ2P9AB"' in shown
    assert "&lt;b&gt;Kak&lt;/b&gt;" in shown
    client.post(url, {"tap": "https://toko.example/l/abc"})
    client.post(url, {"buy": "7KQ2P9AB"})
    client.post(url, {"tap": "https://evil.example/"})
    client.post(url, {"buy": "XXXXX-1"})
    assert sorted(SimulatedEvent.objects.exclude(kind__in=["delivered", "read"]).values_list("kind", flat=True)) == [
        "click",
        "order",
    ]


def test_a_javascript_link_is_never_offered(channel: Channel, client: Client) -> None:
    url = hold(channel)
    deliver(channel, "javascript:alert(1) dan data:text/html,x")
    shown = client.get(url).content.decode()
    assert 'href="javascript' not in shown
    assert 'name="tap"' not in shown


def test_posting_from_the_page_answers_with_the_new_screen(channel: Channel, client: Client) -> None:
    url = hold(channel)
    answer = client.post(url, {"text": "halo"}, headers={"HX-Request": "true", "HX-Target": "screen"})
    assert answer.status_code == 200
    assert "halo" in answer.content.decode()


def test_phone_that_is_not_operated_foreign_or_invalid_is_not_shown(channel: Channel, client: Client) -> None:
    assert client.get(page(channel)).url == reverse("channels:phones")
    foreign = make_channel()
    phones.take(channel=foreign, phone=AYU)
    assert client.get(page(foreign)).status_code == 404
    assert client.post(page(foreign), {"text": "x"}).status_code == 404
    assert client.post(reverse("channels:phones"), {"channel": foreign.pk, "phone": AYU}).status_code == 404
    assert client.get(reverse("channels:phone", args=[channel.pk, 12])).status_code == 404
    assert not SimulatedReply.objects.exists()


def test_viewer_cannot_operate_a_phone(channel: Channel) -> None:
    url = hold(channel)
    assert signed_in(channel.workspace, "viewer").get(url).status_code == 403


def test_without_a_simulated_number_the_page_says_so() -> None:
    answer = signed_in(make_workspace(), "agent").get(reverse("channels:phones"))
    assert answer.status_code == 200
    assert reverse("channels:list") in answer.content.decode()


def test_a_longer_chat_takes_no_more_statements(channel: Channel, client: Client) -> None:
    url = hold(channel)

    def statements(count: int) -> int:
        for n in range(count):
            deliver(channel, PROMO, f"m{count}-{n}")
            phones.write(channel=channel, phone=AYU, text="halo")
        fragment(client, url)
        with CaptureQueriesContext(connection) as captured:
            fragment(client, url)
        return len(captured)

    assert statements(1) == statements(20)


def upload(width: int = 800, height: int = 600) -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (width, height), "red").save(out, "PNG")
    return SimpleUploadedFile("batik.png", out.getvalue(), "image/png")


def test_a_picture_is_sent_with_its_caption_and_shown(client: Client, channel: Channel) -> None:
    url = hold(channel)
    answer = client.post(url, {"text": "Yang ini, Kak", "file": upload()}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    line = phones.screen(channel, AYU)[-1]
    assert (line.text, line.mine) == ("Yang ini, Kak", True)
    assert line.file is not None
    picture = client.get(reverse("channels:phone_file", args=[channel.pk, AYU[1:], line.file.key]))
    assert picture["Content-Type"] == "image/jpeg"
    assert Image.open(BytesIO(picture.content)).size == (800, 600)
    assert line.file.key in client.get(url).text


def test_invalid_picture_is_refused_with_a_message(client: Client, channel: Channel) -> None:
    url = hold(channel)
    evil = SimpleUploadedFile("a.jpg", b"\xff\xd8\xff<script>alert(1)</script>", "image/jpeg")
    answer = client.post(url, {"text": "", "file": evil}, headers={"HX-Request": "true"})
    assert "Ini bukan gambar" in answer.text
    evil.seek(0)
    assert "Ini bukan gambar" in client.post(url, {"text": "", "file": evil}, follow=True).text
    assert phones.screen(channel, AYU) == []
