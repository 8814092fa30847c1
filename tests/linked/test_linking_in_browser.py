"""Linking a number in a real browser at phone width, choosing earlier chats, and unlinking on the phone and on the
page. The owner hears of the phone's unlinking by a push notification.

The installation runs as `wabolt up` starts it. The real client talks to the test WhatsApp server.
"""

import base64
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.chromium import CHROMIUM, phone_at
from tests.browser.installation import Installation, running_installation
from tests.browser.test_main_way import _fits, _set_up
from tests.linked.conftest import BUYER, SHOP
from tests.linked.gateways import wait_for
from tests.linked.notified import hear, turn_on
from tests.waserver.network import Network
from wabolt.alerts.tests.push_service import PushService, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: linking in the browser was not run"),
]
SHOTS = Path(__file__).resolve().parents[2] / "build" / "shots"


@pytest.fixture(autouse=True)
def _sessions_are_gone() -> None:
    """Disabled here: the installation has its own database."""


@pytest.fixture
def site(wa_network: Network, made_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    for name, value in wa_network.environment().items():
        monkeypatch.setenv(name, value)
    for phone in (SHOP, BUYER):
        wa_network.ctl("register", phone=phone)
    extra = {"WABOLT_WA_PROXY": wa_network.proxy, "WABOLT_PRIVATE_PEERS": "1"}
    with running_installation(extra=extra, made=made_home) as started:
        yield started


@pytest.fixture
def service(socket_enabled: None) -> Iterator[PushService]:
    with running() as found:
        yield found


@pytest.fixture
def page(site: Installation) -> Iterator[Page]:
    with phone_at(site.base) as page:
        yield page


def _shot(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.set_viewport_size({"width": 360, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.screenshot(path=SHOTS / f"{name}.png")
    page.set_viewport_size({"width": 360, "height": 740})


def _picture() -> str:
    out = io.BytesIO()
    Image.new("RGB", (800, 800), "#4b3fbf").save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


PEOPLE = ["Ayu Lestari", "Budi Santoso", "Citra Dewi", "Dewi Anggraini", "Eko Prasetyo", "Fitri Handayani"]


def _chats() -> list[dict[str, object]]:
    now = int(time.time())
    return [
        {
            "phone": f"62812555{n:05}",
            "name": name,
            "messages": [
                {"id": f"M{n}-{k}", "text": "x", "from_me": n == 2, "t": now - 86_400 * n - 60 * k}
                for k in range(n + 1)
            ],
        }
        for n, name in enumerate(PEOPLE)
    ]


def test_an_owner_links_a_number_chooses_contacts_and_unlinks_it(
    site: Installation, page: Page, wa_network: Network, service: PushService
) -> None:
    wa_network.ctl("picture", phone=SHOP, image=_picture())
    _set_up(page, site)
    page.goto("/channels/new/")
    page.get_by_role("link", name="Tautkan nomor WhatsApp").click()
    _fits(page)
    _shot(page, "menautkan-1-risiko")
    page.get_by_label("Nama").fill("Toko")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Lanjut menautkan").click()
    _fits(page)
    _shot(page, "menautkan-2-cara")
    page.locator("#history-qr").check()
    page.get_by_role("button", name="Tampilkan kode QR").click()
    expect(page.locator(".ch-qr svg")).to_be_visible()
    _fits(page)
    _shot(page, "menautkan-3-qr")
    [(text,)] = site.sql("SELECT secret FROM channels_linkednumber")
    wa_network.ctl("pair", qr=text, phone=SHOP)
    expect(page.locator("#connection")).to_contain_text("Terhubung")
    link = page.url
    wa_network.ctl("history", phone=SHOP, chats=_chats())
    _choose_among_earlier_chats(page, site)

    wait_for("the picture", lambda: site.sql("SELECT 1 FROM channels_linkednumber WHERE length(picture_data) > 0"))
    page.goto(link)
    expect(page.locator("img.ch-picture")).to_be_visible()
    _fits(page)
    _shot(page, "menautkan-4-terhubung")
    page.get_by_label("Jam buka").check()
    page.locator("button[value=ticks]").click()
    expect(page.locator(".wb-toast-success")).to_be_visible()
    expect(page.get_by_label("Jam buka")).to_be_checked()
    page.get_by_role("link", name="Kesehatan nomor").click()
    expect(page.get_by_text("Hari ke-1 dari 15")).to_be_visible()
    expect(page.locator("[data-chart] svg")).to_be_visible()
    _fits(page)
    _shot(page, "menautkan-7-kesehatan")

    wa_network.ctl("send", sender=BUYER, to=SHOP, text="JOIN")
    wa_network.server.wait_event("phone-message", phone=BUYER)
    page.goto(link)
    cookies: Any = page.context.storage_state()
    with phone_at(site.base, has_notifications=True, permissions=["notifications"], storage_state=cookies) as phone:
        turn_on(phone, service)
        wa_network.ctl("logout", phone=SHOP)
        hear(phone, site, service)
    expect(page.get_by_role("button", name="Tampilkan kode QR")).to_be_visible()
    expect(page.locator("#connection")).to_contain_text("Tautan ini dilepas dari HP")
    _shot(page, "menautkan-5-lepas")

    page.get_by_role("button", name="Tampilkan kode QR").click()
    expect(page.locator(".ch-qr svg")).to_be_visible()
    [(text,)] = site.sql("SELECT secret FROM channels_linkednumber")
    wa_network.ctl("pair", qr=text, phone=SHOP)
    expect(page.locator("#connection")).to_contain_text("Terhubung")
    page.get_by_role("link", name="Lepas tautan nomor ini").click()
    _fits(page)
    _shot(page, "menautkan-8-lepas-dari-sini")
    page.get_by_role("button", name="Lepas tautan nomor ini").click()
    expect(page.locator("#connection")).to_contain_text("Kakak melepas tautannya di sini")


def _choose_among_earlier_chats(page: Page, site: Installation) -> None:
    """Two of six chats; none was a contact before, and none has given permission."""
    expect(page.get_by_role("link", name="Pilih kontak")).to_be_hidden()
    wait_for("the chats", lambda: site.sql("SELECT count(*) FROM channels_oldchat") == [(len(PEOPLE),)])
    page.reload()
    assert site.sql("SELECT count(*) FROM contacts_contact") == [(0,)]
    page.get_by_role("link", name="Pilih kontak").click()
    _fits(page)
    page.get_by_label("Pilih Budi Santoso").check()
    page.get_by_label("Pilih Dewi Anggraini").check()
    expect(page.get_by_text("2 chat dipilih")).to_be_visible()
    page.screenshot(path=SHOTS / "menautkan-6-chat-lama.png")
    page.get_by_role("button", name="Jadikan kontak").click()
    expect(page.get_by_text("2 kontak baru.")).to_be_visible()
    names = site.sql("SELECT name FROM contacts_contact ORDER BY name")
    assert names == [("Budi Santoso",), ("Dewi Anggraini",)]
    assert site.sql("SELECT count(*) FROM consent_consent") == [(0,)]
