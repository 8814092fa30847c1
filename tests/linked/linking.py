"""Parts of walks in a browser: an owner links a number, chooses among earlier chats, and sees what the number is."""

import base64
import io
import time
from collections.abc import Callable
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Error, Page, expect

from tests.browser.installation import Installation
from tests.browser.walking import fits
from tests.linked.conftest import SHOP
from tests.waserver.network import Network

PEOPLE = ["Ayu Lestari", "Budi Santoso", "Citra Dewi", "Dewi Anggraini", "Eko Prasetyo", "Fitri Handayani"]


def until(
    what: str,
    holds: Callable[[], Any],
    told: Callable[[], Any] = lambda: "",
    *,
    seconds: float = 150,
    pause: float = 0.1,
) -> Any:
    """Waits until `holds` is true and returns its value. Fails with `what` and with what `told` returns. `pause`: the
    seconds after the first look; later looks are less frequent."""
    began = time.monotonic()
    while not (found := holds()):
        waited = time.monotonic() - began
        assert waited < seconds, f"waited in vain for: {what} {told()}"
        time.sleep(max(pause, min(0.5, 0.1 + waited / 20)))  # a look is a page or a connection to PostgreSQL
    return found


def link(page: Page, network: Network, *, first: bool, with_history: bool = False) -> None:
    """Links the number by the QR code on the screen. `first`: from the page of new numbers."""
    if first:
        page.goto("/channels/new/")
        page.get_by_role("link", name="Tautkan nomor WhatsApp").click()
        fits(page)
        page.get_by_label("Nama").fill("Toko")
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Lanjut menautkan").click()
        fits(page)
    if with_history:
        page.locator("#history-qr").check()
    page.get_by_role("button", name="Tampilkan kode QR").click()
    code = _scan(page)
    fits(page)
    network.ctl("pair", qr=code, phone=SHOP)
    expect(page.locator("#connection")).to_contain_text("Terhubung")
    fits(page)


def _scan(page: Page) -> str:
    """Returns the QR text on the screen. The page may replace the code while the picture is taken."""
    expect(page.locator(".ch-qr svg")).to_be_visible()

    def read() -> Any:
        try:
            picture = page.locator(".ch-qr").screenshot()
        except Error:  # the element is not attached to the DOM any more
            return None
        return zxingcpp.read_barcode(Image.open(io.BytesIO(picture)))

    return str(until("a QR code that can be read", read).text)


def set_profile_picture(network: Network) -> None:
    """The phone has a picture before it is linked."""
    out = io.BytesIO()
    Image.new("RGB", (800, 800), "#4b3fbf").save(out, "PNG")
    network.ctl("picture", phone=SHOP, image=base64.b64encode(out.getvalue()).decode())


def choose_among_earlier_chats(page: Page, site: Installation, network: Network) -> None:
    """Two of six chats; none was a contact before, and none has given permission."""
    network.ctl("history", phone=SHOP, chats=_chats())
    expect(page.get_by_role("link", name="Pilih kontak")).to_be_hidden()
    until("the chats", lambda: site.sql("SELECT count(*) FROM channels_oldchat") == [(len(PEOPLE),)])
    page.reload()
    assert site.sql("SELECT count(*) FROM contacts_contact") == [(0,)]
    page.get_by_role("link", name="Pilih kontak").click()
    fits(page)
    page.get_by_label("Pilih Budi Santoso").check()
    page.get_by_label("Pilih Dewi Anggraini").check()
    expect(page.get_by_text("2 chat dipilih")).to_be_visible()
    page.get_by_role("button", name="Jadikan kontak").click()
    expect(page.get_by_text("2 kontak baru.")).to_be_visible()
    names = site.sql("SELECT name FROM contacts_contact ORDER BY name")
    assert names == [("Budi Santoso",), ("Dewi Anggraini",)]
    assert site.sql("SELECT count(*) FROM consent_consent") == [(0,)]


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


def see_the_number(page: Page, site: Installation, address: str) -> None:
    """The page of the linked number has its picture and the steps on the phone; the next page has its health."""
    until("the picture", lambda: site.sql("SELECT 1 FROM channels_linkednumber WHERE length(picture_data) > 0"))
    page.goto(address)
    expect(page.locator("img.ch-picture")).to_be_visible()
    fits(page)
    page.get_by_label("Jam buka").check()
    page.locator("button[value=ticks]").click()
    expect(page.locator(".wb-toast-success")).to_be_visible()
    expect(page.get_by_label("Jam buka")).to_be_checked()
    page.get_by_role("link", name="Kesehatan nomor").click()
    expect(page.get_by_text("Hari ke-1 dari 15")).to_be_visible()
    expect(page.locator("[data-chart] svg")).to_be_visible()
    fits(page)


def unlink_from_here(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Lepas tautan nomor ini").click()
    fits(page)
    page.get_by_role("button", name="Lepas tautan nomor ini").click()
    expect(page.locator("#connection")).to_contain_text("Kakak melepas tautannya di sini")
