"""From a page on a phone to the confirmed contact, with a simulated customer: form, QR code, link in bio, and chat."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started
from tests.browser.test_access import window
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.queries import consent_of
from wabolt.contacts.models import Contact
from wabolt.lib.birthdays import NO_YEAR
from wabolt.messaging.services import work_lane_once
from wabolt.optin.models import Entry, EntryPoint, PageLink
from wabolt.optin.services import LinkDraft
from wabolt.optin.tests.factories import make_point

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> T:
    """Runs database work in another thread: Django refuses it in the thread of Playwright's event loop."""

    def closed() -> T:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closed).result()


@pytest.fixture
def channel(transactional_db: None) -> Channel:
    return make_channel(make_workspace("Gaya Nusantara"), messages_per_minute=600)


def carry(channel: Channel) -> None:
    """Lets the gateway take in what the phones wrote, and send the answers."""

    def work() -> None:
        for _round in range(3):
            work_lane_once(channel)

    in_thread(work)


def send_prepared(page: Page, channel: Channel) -> None:
    """On the page of simulated phones: takes a new phone and sends the message that it has ready."""
    page.get_by_role("button", name="Pakai nomor baru").click()
    expect(page.locator("#compose [name=text]")).not_to_have_value("")
    page.locator("#compose").get_by_role("button", name="Kirim", exact=True).click()
    expect(page.locator(".wb-bubble")).to_have_count(1)
    carry(channel)


def confirmed(point: EntryPoint) -> Contact:
    """The one person who joined here, with permission on record."""

    def read() -> Contact:
        entry = Entry.objects.select_related("contact").get(point=point, state=Entry.State.CONFIRMED)
        assert entry.contact is not None
        assert consent_of(point.workspace, entry.contact.pk).state == "granted"
        return entry.contact

    return in_thread(read)


def test_four_ways_in_are_confirmed(
    live_server: LiveServer, channel: Channel, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wabolt.accounts.services.public_forms.SHORTEST_FILL", 0)  # the browser is faster than people
    settings.PUBLIC_URL = live_server.url
    till = make_point(channel, kind="qr")
    bio = make_point(channel, kind="link", links=[LinkDraft("Toko", f"{live_server.url}/m/none/", "shopping-bag")])
    client = signed_in(channel.workspace)
    with chromium_started() as browser:
        page = window(browser, live_server, client, width=360, scheme="light")
        contact = _a_form_is_built_and_filled_in(page, channel)
        page.emulate_media(color_scheme="dark")
        _a_code_is_scanned_and_a_link_in_bio_followed(page, channel, till, bio)
        _a_yes_is_said_in_the_chat(page, channel)
    assert contact.name == "Ayu Lestari"
    assert contact.birth_date is not None
    assert (contact.birth_date.year, contact.birth_date.month, contact.birth_date.day) == (NO_YEAR, 2, 29)
    assert PageLink.objects.get().taps == 0  # a headless browser is a program


def _a_form_is_built_and_filled_in(page: Page, channel: Channel) -> Contact:
    page.goto("/ways-in/new/")
    page.get_by_role("link", name="Formulir").click()
    page.locator("[name=name]").fill("Situs")
    page.get_by_text("Begini pelanggan melihatnya").hover()
    # The press ends the change of the name, which draws the preview again.
    with page.expect_request_finished(lambda request: "preview" in request.url):
        page.mouse.down()
    page.mouse.up()
    page.locator("[name=headline]").fill("Diskon 10% untuk pelanggan baru")
    page.locator("[name=ask_birth_date]").select_option("day_required")
    preview = page.locator("#preview")
    expect(preview.get_by_role("heading", name="Diskon 10% untuk pelanggan baru")).to_be_visible()
    expect(preview.get_by_text("Tanggal lahir")).to_be_visible()
    page.locator("#builder").get_by_role("button", name="Simpan").click()
    page.wait_for_url("**/ways-in/*/")
    page.get_by_role("link", name="Pindai dengan telepon simulasi").click()
    page.get_by_label("Nama Kakak").fill("Ayu Lestari")
    page.get_by_label("tanggal", exact=True).fill("29")
    page.get_by_label("bulan", exact=True).select_option("2")
    page.locator("[name=marketing]").check()
    page.get_by_role("button", name="Lanjut").click()
    expect(page.get_by_role("link", name="Kirim lewat WhatsApp")).to_be_visible()
    page.go_back()
    page.go_forward()
    page.get_by_role("link", name="Kirim dari telepon simulasi").click()
    send_prepared(page, channel)
    expect(page.locator(".wb-bubble")).to_have_count(2)
    return confirmed(in_thread(lambda: EntryPoint.objects.get(kind="form")))


def _a_code_is_scanned_and_a_link_in_bio_followed(
    page: Page, channel: Channel, till: EntryPoint, bio: EntryPoint
) -> None:
    page.goto(f"/ways-in/{till.pk}/")
    page.get_by_role("link", name="Pindai dengan telepon simulasi").click()
    send_prepared(page, channel)
    confirmed(till)
    page.goto(f"/m/{bio.slug}/")
    page.get_by_role("link", name="Toko", exact=True).click()
    expect(page.get_by_text("Halaman ini sudah ditutup atau tidak ditemukan")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Kirim dari telepon simulasi").click()
    send_prepared(page, channel)
    confirmed(bio)


def _a_yes_is_said_in_the_chat(page: Page, channel: Channel) -> None:
    page.goto(f"/phones/?text=Masih+ada+ukuran+L%3F&channel={channel.pk}")
    send_prepared(page, channel)
    phone = page.url
    person = in_thread(lambda: Contact.objects.latest("pk").pk)
    page.goto(f"/contacts/{person}/?tab=conversation")
    page.get_by_role("button", name="Tawarkan daftar promo").click()
    carry(channel)
    page.goto(phone)
    page.locator("#compose [name=text]").fill("Ya")
    page.locator("#compose").get_by_role("button", name="Kirim", exact=True).click()
    expect(page.locator(".wb-bubble").filter(has_text="Ya").last).to_be_visible()
    carry(channel)
    assert confirmed(in_thread(lambda: EntryPoint.objects.get(kind="chat"))).pk == person


def test_workspaces_are_apart(channel: Channel) -> None:
    """The message of a scanned code is shown on the pages of its workspace only."""
    other: Workspace = make_workspace("Lain")
    shown = signed_in(other).get(f"/phones/?channel={channel.pk}&text=Rahasia").content.decode()
    assert "Pakai nomor baru" not in shown
