"""The public side: the privacy page, the form, and the download of a copy."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.lib.clock import HeldClock
from wabolt.lib.privacy_page import privacy_page
from wabolt.messaging.models import Message
from wabolt.optin.events.tests.factories import make_event
from wabolt.optin.tests.factories import make_point
from wabolt.privacy import services
from wabolt.privacy.models import DataExport, DataRequest, PrivacySettings, RequestTicket
from wabolt.privacy.public_page import page_context
from wabolt.privacy.tests.conftest import Say, person
from wabolt.privacy.views import public

pytestmark = pytest.mark.django_db


@pytest.fixture
def form(shop: Workspace) -> str:
    return reverse("privacy:ask", args=[PrivacySettings.objects.get(workspace=shop).slug])


def opened(form: str) -> str:
    """The key of a form that was opened a minute ago."""
    with clock.skewed(-timedelta(minutes=1)):
        found = re.search(r'name="key" value="([^"]+)"', Client().get(form).content.decode())
    assert found
    return found[1]


def test_the_page_is_generated_from_the_settings(shop: Workspace) -> None:
    services.save_settings(
        workspace=shop, business_name="CV <Gaya>", processors="PT Server\nKonsultan Pajak", contact_person="Ibu Sari"
    )
    services.save_rules(workspace=shop, months={"messages": 24})
    url = privacy_page(shop.pk)
    indonesian = Client().get(url).content.decode()
    assert "CV &lt;Gaya&gt;" in indonesian
    for words in ("PT Server", "Ibu Sari", "HAPUS DATA", "2 tahun", "Yang kami lakukan dengan data Kakak"):
        assert words in indonesian
    english = Client().get(url, {"lang": "en"}).content.decode()
    assert "What we do with your data" in english
    assert "2 years" in english


def test_a_form_ends_in_the_persons_own_message(shop: Workspace, form: str, say: Say) -> None:
    answers = {"kind": "erasure", "details": "semua ya", "key": opened(form)}
    first, again = Client().post(form, answers), Client().post(form, answers)
    assert first["Location"] == again["Location"]
    ticket = RequestTicket.objects.get()
    sent = Client().get(first["Location"]).content.decode()
    assert f"HAPUS DATA #{ticket.code}" in sent
    assert "semua ya" not in sent
    assert not DataRequest.objects.exists()
    assert not Message.objects.exists()
    say(f"HAPUS DATA #{ticket.code}")
    assert DataRequest.objects.get().contact == person()
    assert Client().get(first["Location"]).status_code == 404


@pytest.mark.parametrize("key", ["", "x"], ids=["empty", "forged"])
def test_a_forged_form_keeps_what_was_typed(form: str, key: str) -> None:
    response = Client().post(form, {"kind": "access", "details": "ketikan saya", "key": key})
    assert response.status_code == 422
    assert "ketikan saya" in response.content.decode()
    assert not RequestTicket.objects.exists()


def test_a_program_that_fills_in_everything_creates_nothing(form: str) -> None:
    key = opened(form)
    assert Client().post(form, {"kind": "access", "key": key, "website": "x"}).status_code == 422
    assert Client().post(form, {"kind": "lain", "key": key}).status_code == 422
    assert not RequestTicket.objects.exists()


def test_a_flood_is_limited_and_sends_nothing(form: str) -> None:
    codes = [
        Client().post(form, {"kind": "access", "key": opened(form)}).status_code
        for _time in range(public.LIMITS.per_address + 2)
    ]
    assert codes[-2:] == [429, 429]
    assert not Message.objects.exists()


def test_very_many_networks_make_the_form_ask_for_a_proof_and_the_words_stay(
    monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    limits = public.VisitorLimits(public.LIMITS.per_address, public.LIMITS.per_network, per_object=3)
    monkeypatch.setattr(public, "LIMITS", limits)
    codes = []
    for number in range(5):
        answer = {"kind": "access", "key": opened(form)}
        codes.append(Client().post(form, answer, REMOTE_ADDR=f"10.{number}.0.1").status_code)
    assert codes == [302, 302, 302, 422, 422]
    shown = Client().get(form).content.decode()
    assert "data-challenge" in shown
    assert "HAPUS DATA" in shown, "the way without the form"


def test_unknown_addresses_look_alike(shop: Workspace, form: str) -> None:
    pages = [
        Client().get(url)
        for url in ("/s/unknown0/privasi/", "/s/unknown0/privasi/permintaan/", f"{form}ZZZZZZZZ/", "/data/unknown/")
    ]
    assert {page.status_code for page in pages} == {404}
    assert len({re.sub(r"""nonce="[^"]*"|hx-headers='[^']*'""", "", page.content.decode()) for page in pages}) == 1
    assert "salah ketik" in pages[0].content.decode(), "the reason fits each of these addresses"


@pytest.fixture
def download(shop: Workspace, say: Say, owner: User, settings: object) -> str:
    """The address of a copy that a person asked for."""
    settings.PUBLIC_URL = "https://toko.example.com"  # type: ignore[attr-defined]
    say("DATA SAYA")
    services.answer_access(request=DataRequest.objects.select_related("workspace").get(), actor=owner)
    text = Message.objects.filter(direction="outbound").order_by("-pk")[0].text
    url = re.search(r"https://toko\.example\.com(/data/\S+)", text)
    assert url
    return url[1]


def test_a_link_preview_does_not_use_the_download_up(download: str, held: HeldClock) -> None:
    for _preview in range(3):
        assert Client().get(download).status_code == 200
    assert DataExport.objects.get().opened_at is None
    downloaded = Client().post(download)
    assert downloaded["Content-Type"] == "application/zip"
    assert downloaded["Cache-Control"] == "no-store"
    assert downloaded.content.startswith(b"PK")
    held.move(hours=1)
    assert Client().get(download).status_code == 404
    assert Client().post(download).status_code == 404


def test_too_many_downloads_are_asked_to_wait_and_the_copy_stays(
    monkeypatch: pytest.MonkeyPatch, download: str, held: HeldClock
) -> None:
    limits = type(public.DOWNLOADS)(per_address=1, per_network=100, per_object=1000)
    monkeypatch.setattr("wabolt.privacy.views.public.DOWNLOADS", limits)
    assert Client().post(download).status_code == 200
    refused = Client().post(download)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    page = refused.content.decode()
    assert "Tunggu" in page
    assert 'href="/"' not in page, "the start page asks a customer for a password"
    assert Client().get(download).status_code == 200


def test_the_page_names_what_forms_ask_in_words(channel: Channel, shop: Workspace) -> None:
    make_point(channel, kind="form", questions=[{"key": "name"}, {"key": "birth_date"}, {"key": "field:gone"}])
    make_event(channel, questions=[{"key": "own:1", "label": "Pantangan makan?", "choices": []}])
    page = Client().get(privacy_page(shop.pk)).content.decode()
    assert "Nama Kakak, Tanggal lahir" in page
    assert "Pantangan makan." in page
    for code in ("birth_date", "field:gone", "{&"):
        assert code not in page


def test_the_statements_do_not_grow_with_the_forms(channel: Channel, shop: Workspace) -> None:
    counts = []
    for name in ("Web", "Kasir", "Instagram"):
        make_point(channel, kind="form", name=name, questions=[{"key": "name"}, {"key": "birth_date"}])
        with CaptureQueriesContext(connection) as found:
            page_context(PrivacySettings.objects.get(workspace=shop), "id")
        counts.append(len(found))
    assert len(set(counts)) == 1
