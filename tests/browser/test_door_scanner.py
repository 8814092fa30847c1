"""The scanner at the door of an event, in a real browser with a camera that sees tickets."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import segno
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started, launched, problems_of
from wabolt.accounts.tests.factories import make_workspace
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.optin.events.queries import door_path
from wabolt.optin.events.services import open_door
from wabolt.optin.events.tests.factories import make_event, make_guest
from wabolt.optin.models import Registration, ShopEvent

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
SIZE = (640, 480)
SECONDS = 3
"""Time for which the camera sees each ticket."""


@pytest.fixture
def channel(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    return make_channel(make_workspace("Gaya Nusantara"))


def film(path: Path, texts: Sequence[str]) -> Path:
    """A film of five pictures a second (YUV4MPEG2) that shows the QR codes of `texts`, tilted, one after the other."""
    colours = bytes([128]) * (SIZE[0] * SIZE[1] // 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F5:1 Ip A1:1 C420jpeg\n".encode())
        for text in texts:
            code = segno.make_qr(text, error="m")
            picture = Image.new("L", SIZE, 200)
            drawn = Image.new("L", (code.symbol_size(border=4)[0],) * 2)
            drawn.putdata([0 if module else 255 for row in code.matrix_iter(border=4) for module in row])
            side = drawn.width * 7
            turned = drawn.resize((side, side), Image.Resampling.NEAREST).rotate(8, expand=True, fillcolor=200)
            picture.paste(turned, ((SIZE[0] - turned.width) // 2, (SIZE[1] - turned.height) // 2))
            for _picture in range(5 * SECONDS):
                file.write(b"FRAME\n" + picture.tobytes() + colours)
    return path


@contextmanager
def camera(seen: Path) -> Iterator[Browser]:
    """Chromium with a camera that shows the film."""
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with launched(*fake, f"--use-file-for-fake-video-capture={seen}") as chromium:
        yield chromium


def door(browser: Browser, server: LiveServer, event: ShopEvent) -> Page:
    """The door as a helper without an account sees it, on a phone. The page reports what its policy forbids."""
    view = {"width": 360, "height": 740}
    context = browser.new_context(viewport=view, locale="id-ID", base_url=server.url, permissions=["camera"])  # type: ignore[arg-type]
    page = context.new_page()
    page.problems = problems_of(page)  # type: ignore[attr-defined]
    answer = page.goto(door_path(event))
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy, "the page itself runs neither inline scripts nor WebAssembly"
    return page


def ticket(server: LiveServer, guest: Registration) -> str:
    path = reverse("optin:ticket", args=[guest.event.point.slug, guest.ticket])
    return f"{server.url}{path}"


def test_the_camera_checks_guests_in(live_server: LiveServer, channel: Channel, tmp_path: Path) -> None:
    event = make_event(channel, starts_at=clock.now() + timedelta(hours=1))
    other = make_guest(make_event(channel, starts_at=clock.now() + timedelta(hours=1)), name="Orang lain")
    open_door(workspace=channel.workspace, event_id=event.pk)
    event.refresh_from_db()
    ayu, budi = make_guest(event, name="Ayu Lestari"), make_guest(event, name="Budi Santoso")
    seen = [ticket(live_server, ayu), "https://wa.me/62812", ticket(live_server, other), ticket(live_server, budi)]
    with camera(film(tmp_path / "tickets.y4m", seen)) as browser:
        page = door(browser, live_server, event)
        page.get_by_role("button", name="Pindai kode peserta").click()
        result = page.locator("#door-scanned")
        for words in ("Ayu Lestari", "bukan kode peserta", "bukan untuk acara ini", "Budi Santoso"):
            expect(result).to_contain_text(words)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
        expect(page.locator("#door-counts b")).to_have_text("2")
        expect(result).to_contain_text("sudah hadir")  # the film starts again
        page.get_by_role("button", name="Matikan kamera").click()
        expect(page.locator("video")).to_be_hidden()
        assert page.problems == []  # type: ignore[attr-defined]
    assert set(Registration.objects.exclude(checked_in_at=None)) == {ayu, budi}


def test_without_a_camera_the_page_says_what_works(live_server: LiveServer, channel: Channel) -> None:
    event = make_event(channel, starts_at=clock.now() + timedelta(hours=1))
    open_door(workspace=channel.workspace, event_id=event.pk)
    event.refresh_from_db()
    make_guest(event, name="Ayu Lestari")
    with chromium_started() as browser:
        page = door(browser, live_server, event)
        page.get_by_role("button", name="Pindai kode peserta").click()
        expect(page.get_by_text("aplikasi kamera HP")).to_be_visible()
        page.get_by_role("searchbox").fill("ayu")
        page.get_by_role("button", name="Hadir: Ayu Lestari").click()
        expect(page.locator("#door-counts b")).to_have_text("1")
