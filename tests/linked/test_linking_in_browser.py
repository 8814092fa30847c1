"""The owner links a number from the page, in a real browser at phone width, and sees the truth when it is unlinked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.house import CHROMIUM, CHROMIUM_ARGS, House, running_house
from tests.browser.test_main_way import _fits, _set_up
from tests.linked.conftest import BUYER, SHOP
from tests.waserver.network import Network

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: linking in the browser was not run"),
]
SHOTS = Path(__file__).resolve().parents[2] / "build" / "shots"


@pytest.fixture(autouse=True)
def _sessions_are_gone() -> None:
    """Not here: the house has a database of its own."""


@pytest.fixture
def house(wa_network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    for name, value in wa_network.environment().items():
        monkeypatch.setenv(name, value)
    for phone in (SHOP, BUYER):
        wa_network.ctl("register", phone=phone)
    with running_house(extra={"WABOLT_WA_PROXY": wa_network.proxy}) as started:
        yield started


@pytest.fixture
def page(house: House) -> Iterator[Page]:
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="id-ID", base_url=house.base)
        page = context.new_page()
        page.set_default_timeout(30_000)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda told: problems.append(told.text) if told.type == "error" else None)
        yield page
        browser.close()
        assert not problems


def _shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.set_viewport_size({"width": 360, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.screenshot(path=SHOTS / f"{name}.png")
    page.set_viewport_size({"width": 360, "height": 740})


def test_an_owner_links_a_number_and_sees_it_unlinked(house: House, page: Page, wa_network: Network) -> None:
    _set_up(page, house)
    page.goto("/channels/new/")
    page.get_by_role("link", name="Tautkan nomor WhatsApp").click()
    _fits(page)
    _shot(page, "menautkan-1-risiko")
    page.get_by_label("Nama").fill("Toko")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Lanjut menautkan").click()
    _fits(page)
    _shot(page, "menautkan-2-cara")
    page.get_by_role("button", name="Tampilkan kode QR").click()
    expect(page.locator(".ch-qr svg")).to_be_visible()
    _fits(page)
    _shot(page, "menautkan-3-qr")
    [(text,)] = house.sql("SELECT secret FROM channels_linkednumber")
    wa_network.ctl("pair", qr=text, phone=SHOP)
    expect(page.locator("#standing")).to_contain_text("Terhubung")
    expect(page.get_by_role("button", name="Lepas tautan nomor ini")).to_be_visible()
    _fits(page)
    _shot(page, "menautkan-4-terhubung")

    wa_network.ctl("send", sender=BUYER, to=SHOP, text="JOIN")
    wa_network.server.wait_event("phone-message", phone=BUYER)

    wa_network.ctl("logout", phone=SHOP)
    expect(page.get_by_role("button", name="Tampilkan kode QR")).to_be_visible()
    expect(page.locator("#standing")).to_contain_text("Tautan ini dilepas dari HP")
    _shot(page, "menautkan-5-lepas")
