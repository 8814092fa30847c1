"""The main journey over a linked number instead of the simulator.

The owner uses a real browser at 360 px. The installation has its own database and gateway. The real client talks to the
test WhatsApp server, to which the customers' phones are connected. The owner links a number, chooses earlier chats, and
hears by a push notification that the number was unlinked on the phone. One day passes without a fault; on the second
day each component fails once. At the end the owner unlinks the number on its page.
"""

import base64
import io
import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.chromium import CHROMIUM, phone_at
from tests.browser.installation import Installation, running_installation
from tests.browser.walking import fits, set_up
from tests.linked.conftest import BUYER, SHOP
from tests.linked.linking import (
    choose_among_earlier_chats,
    link,
    see_the_number,
    set_profile_picture,
    unlink_from_here,
    until,
)
from tests.linked.notified import hear, turn_on
from tests.waserver.network import Network
from wabolt.alerts.tests.push_service import PushService, running

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the walk over a linked number was not run"),
]
CROWD = [f"62812000{n:05}" for n in range(4)]
OFFLINE = CROWD[0]
KEPT = ("sent", "delivered", "read")


@pytest.fixture(autouse=True)
def _sessions_are_gone() -> None:
    """Disabled here: the installation has its own database."""


@pytest.fixture
def site(wa_network: Network, made_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    for name, value in wa_network.environment().items():
        monkeypatch.setenv(name, value)
    for phone, name in ((SHOP, "Toko"), (BUYER, "Rani")):
        wa_network.ctl("register", phone=phone, name=name)
    extra = {"WABOLT_WA_PROXY": wa_network.proxy, "WABOLT_PRIVATE_PEERS": "1"}
    with running_installation(extra=extra, made=made_home) as started:
        yield started


@pytest.fixture
def page(site: Installation) -> Iterator[Page]:
    with phone_at(site.base) as page:
        yield page


@pytest.fixture
def service(socket_enabled: None) -> Iterator[PushService]:
    with running() as found:
        yield found


def test_a_shops_day_and_a_day_of_faults(
    site: Installation, page: Page, wa_network: Network, service: PushService, tmp_path: Path
) -> None:
    set_profile_picture(wa_network)
    set_up(page, site)
    link(page, wa_network, first=True, with_history=True)
    address = page.url
    choose_among_earlier_chats(page, site, wa_network)
    see_the_number(page, site, address)
    _hear_of_the_unlinking(page, site, wa_network, service, address)

    _join(page, site, wa_network)
    _make_segment(page)
    picture = _picture(tmp_path)
    _send(page, "Koleksi baru", "Halo Kak {{ contact.first_name }}, ini koleksi barunya ya", picture)
    _read_and_answer(page, site, wa_network)
    _stop(page, site, wa_network)

    _break_everything(page, site, wa_network)
    unlink_from_here(page, address)


def _shown(page: Page, *words: str) -> None:
    """Loads the page again until it shows the words. Figures follow their events after a moment."""

    def holds() -> bool:
        page.reload()
        text = " ".join(page.locator("main").inner_text().split())
        return all(re.search(word, text) for word in words)

    until(f"{words} at {page.url}", holds, lambda: page.locator("main").inner_text(), pause=1)


def _texts(network: Network, phone: str) -> list[str]:
    return [item["text"] for item in network.ctl("inbox", phone=phone) if not item["from_me"]]


def _join(page: Page, site: Installation, network: Network) -> None:
    """Customers join and are welcomed; one has joined before. Quiet hours and warm-up are off, because a test cannot
    wait for the morning."""
    site.sql("UPDATE channels_channel SET quiet_from = '00:00', quiet_until = '00:00', messages_per_minute = 20,"
              " jitter_percent = 5, warm_up = false, cap_per_day = 3")  # fmt: skip
    for phone in CROWD:
        network.ctl("register", phone=phone)
        network.ctl("send", sender=phone, to=SHOP, text="JOIN")
    for phone in (BUYER, *CROWD):
        until(f"the welcome of {phone}", lambda phone=phone: _texts(network, phone), lambda: _messages(site))
    assert "Selamat datang" in _texts(network, BUYER)[0]
    page.goto("/contacts/")
    expect(page.locator("main")).to_contain_text("Rani")
    fits(page)
    granted = "SELECT count(*) FROM consent_consent WHERE purpose = 'marketing' AND state = 'granted'"
    assert site.sql(granted) == [(1 + len(CROWD),)]


def _messages(site: Installation) -> object:
    """The messages and events of the shop, to explain a failure."""
    messages = site.sql("SELECT direction, state, reason, text, contact_id FROM messaging_message ORDER BY id")
    return messages, site.sql("SELECT kind, error, processed_at FROM channels_rawevent ORDER BY id")


def _make_segment(page: Page) -> None:
    page.goto("/segments/new/")
    page.locator("[name=name]").fill("Pelanggan")
    with page.expect_response("**/segments/new/"):
        page.get_by_role("button", name="Ketik").click()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    page.locator("#text").fill("consent marketing granted")
    expect(page.locator("#meter")).to_contain_text(str(1 + len(CROWD)))
    page.get_by_role("button", name="Simpan segmen").click()
    page.wait_for_url(re.compile(r"/segments/\d+/$"))


def _picture(folder: Path) -> Path:
    file = folder / "koleksi.png"
    image = Image.new("RGB", (320, 200), "#0f766e")
    image.paste("#f59e0b", (40, 40, 280, 160))
    image.save(file)
    return file


def _send(page: Page, name: str, text: str, picture: Path | None = None) -> None:
    page.goto("/broadcasts/new/")
    page.locator("[name=segment]").select_option(label="Pelanggan")
    page.locator("[name=name]").fill(name)
    page.locator("[name=text]").fill(text)
    if picture:
        page.locator("main [type=file]").set_input_files(picture)
        expect(page.locator("#bubble img")).to_be_visible()
        fits(page)
    page.get_by_role("button", name="Lanjut: periksa").click()
    expect(page.locator(".wb-receipt-main")).to_contain_text("pelanggan akan menerima")
    if picture:
        expect(page.locator("main img").first).to_be_visible()
    fits(page)
    page.get_by_role("button", name=re.compile(r"^Kirim ke \d+ pelanggan")).click()
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))


def _read_and_answer(page: Page, site: Installation, network: Network) -> None:
    [item] = until("the picture", lambda: [i for i in network.ctl("inbox", phone=BUYER) if i["kind"] == "image"])
    assert item["text"].startswith("Halo Kak Rani, ini koleksi barunya ya")
    seen = Image.open(io.BytesIO(base64.b64decode(network.ctl("download", phone=BUYER, message=item["id"]))))
    assert seen.size == (320, 200)
    assert all(abs(a - b) < 24 for a, b in zip(seen.convert("RGB").getpixel((160, 100)), (245, 158, 11), strict=True))
    network.ctl("read", phone=BUYER, chat=SHOP)
    network.ctl("send", sender=BUYER, to=SHOP, text="Ukuran L ada?")
    until("its answer", lambda: site.sql("SELECT 1 FROM messaging_message WHERE text = 'Ukuran L ada?'"))
    expect(page.get_by_text("Selesai", exact=True).first).to_be_visible(timeout=150_000)
    _shown(page, "Dibaca minimal 1", "Dibalas ?1")
    fits(page)


def _stop(page: Page, site: Installation, network: Network) -> None:
    network.ctl("send", sender=BUYER, to=SHOP, text="stop!")
    until("the goodbye", lambda: "sudah kami hentikan" in _texts(network, BUYER)[-1])
    ((contact,),) = site.sql("SELECT contact_id FROM consent_consent WHERE state = 'withdrawn'")
    page.goto(f"/contacts/{contact}/")
    expect(page.locator("main")).to_contain_text("Rani")
    expect(page.locator("main")).to_contain_text(re.compile("berhenti", re.IGNORECASE))
    fits(page)


def _break_everything(page: Page, site: Installation, network: Network) -> None:
    """The connection is cut and the number's process killed during a broadcast, while one phone is offline."""
    said = "Promo akhir pekan, Kak"
    before = len(_texts(network, BUYER))
    network.ctl("phone-online", phone=OFFLINE, online=False)
    _send(page, "Hari buruk", said)
    ((broadcast,),) = site.sql("SELECT id FROM broadcasts_broadcast WHERE name = 'Hari buruk'")
    count = (
        "SELECT count(*) FROM messaging_message WHERE origin_kind = 'broadcast' AND origin_id = %s AND state = ANY(%s)"
    )

    def in_states(*states: str) -> int:
        return int(str(site.sql(count, broadcast, list(states))[0][0]))

    until("the first", lambda: in_states(*KEPT) >= 1)
    network.ctl("drop", phone=SHOP)
    until("some more", lambda: in_states(*KEPT) >= 3)
    [child] = until("one process for one number", lambda: len(found := _children(site)) == 1 and found)
    os.kill(child, signal.SIGKILL)
    until("all of them", lambda: in_states("queued", "sending") == 0, lambda: _messages(site))

    got = Counter({phone: sum(said in text for text in _texts(network, phone)) for phone in CROWD[1:]})
    assert max(got.values()) == 1, "nobody got it twice"
    doubtful = in_states("unknown", "failed")
    assert sum(got.values()) >= len(CROWD) - 1 - doubtful, "whoever did not get it is named"
    assert doubtful <= 2, "only what was under way is in doubt"
    assert len(_texts(network, BUYER)) == before, "she said STOP"
    ((left_out,),) = site.sql("SELECT count(*) FROM broadcasts_recipient WHERE broadcast_id = %s", broadcast)
    assert left_out == in_states(*KEPT, "unknown", "failed")

    waiting = (
        "SELECT m.state FROM messaging_message m JOIN contacts_identity i USING (contact_id)"
        " WHERE origin_kind = 'broadcast' AND origin_id = %s AND value = %s"
    )
    [(silent,)] = site.sql(waiting, broadcast, f"+{OFFLINE}")
    assert silent in ("sent", "unknown"), "one tick while the phone is off"
    network.ctl("phone-online", phone=OFFLINE, online=True)
    until("its second tick", lambda: site.sql(waiting, broadcast, f"+{OFFLINE}") == [("delivered",)])
    assert sum(said in text for text in _texts(network, OFFLINE)) == 1

    expect(page.get_by_text("Selesai", exact=True).first).to_be_visible(timeout=150_000)
    page.goto("/channels/")
    expect(page.locator("main")).to_contain_text("Terhubung")
    fits(page)


def _children(site: Installation) -> list[int]:
    """Returns the processes of the installation's numbers, found by their home and command."""
    mark = f"WABOLT_HOME={site.home}\0".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (entry / "environ").read_bytes() and b"linked.child" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _hear_of_the_unlinking(
    page: Page, site: Installation, network: Network, service: PushService, address: str
) -> None:
    """The owner unlinks on the phone. A push notification and all pages say so, and linking again mends it."""
    network.ctl("send", sender=BUYER, to=SHOP, text="JOIN")
    network.server.wait_event("phone-message", phone=BUYER)
    page.goto(address)
    cookies: Any = page.context.storage_state()
    with phone_at(site.base, has_notifications=True, permissions=["notifications"], storage_state=cookies) as phone:
        turn_on(phone, service)
        network.ctl("logout", phone=SHOP)
        hear(phone, site, service)
    expect(page.get_by_role("button", name="Tampilkan kode QR")).to_be_visible()
    expect(page.locator("#connection")).to_contain_text("Tautan ini dilepas dari HP")
    fits(page)
    page.goto("/")
    expect(page.locator("main")).not_to_contain_text("Terhubung")
    fits(page)
    page.goto(address)
    link(page, network, first=False)
    assert site.sql("SELECT state FROM channels_channel") == [("connected",)]
