"""A customer asks for an erasure on the public page, at 360 px, and the owner carries it out."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started
from tests.browser.test_access import window
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.services import write_as_customer
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.demo.history import run_until_idle
from wabolt.lib.privacy_page import privacy_page
from wabolt.privacy.services import ensure_settings, finish_erasures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
AYU = "+6281200000001"


@pytest.fixture
def channel(transactional_db: None) -> Channel:
    workspace = make_workspace()
    ensure_settings(workspace=workspace)
    return make_channel(workspace)


def aside(work: Callable[[], object]) -> None:
    """Does the work of the gateway in a thread, because the browser's event loop runs in this one."""

    def done() -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(done).result()


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_from_the_form_to_the_erasure(
    live_server: LiveServer, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wabolt.accounts.services.public_forms.SHORTEST_FILL", 0)  # the browser is faster than people
    workspace: Workspace = channel.workspace
    client, address = signed_in(workspace), privacy_page(workspace.pk)
    with chromium_started() as browser:
        page = window(browser, live_server, client, width=360, scheme="light")
        page.goto(address)
        _fits(page)
        page.get_by_role("link", name="Minta sesuatu soal data saya").click()
        page.locator("[name=kind]").select_option("erasure")
        page.get_by_role("button", name="Lanjut").click()
        sends = page.get_by_role("link", name="Kirim lewat WhatsApp").get_attribute("href") or ""
        assert sends.startswith("https://wa.me/")
        _fits(page)
        text = (page.locator("p b").last.inner_text()).strip()
        assert re.fullmatch(r"HAPUS DATA #[0-9A-Z]{8}", text)
        aside(lambda: (write_as_customer(channel=channel, phone=AYU, text=text, name="Ayu"), run_until_idle(channel)))
        page.goto("/settings/privacy/")
        _fits(page)
        page.locator("a.wb-list-row", has_text="Hapus data").click()
        page.get_by_role("link", name="Lihat yang akan dihapus").click()
        expect(page.get_by_text("HP toko masih menyimpan percakapannya")).to_be_visible()
        _fits(page)
        page.get_by_role("button", name="Hapus data 1 orang").click()
        expect(page.get_by_text("Sedang dihapus").first).to_be_visible()
        aside(lambda: (run_until_idle(channel), finish_erasures()))
        page.reload()
        expect(page.get_by_text("Data orang ini sudah dihapus.")).to_be_visible()
    assert Contact.objects.get().erased_at is not None
