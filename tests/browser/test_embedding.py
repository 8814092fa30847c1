"""The form of a shop on another website: one line, under a strict policy and without cookies of other websites."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.lib import clock
from wabolt.optin.framing import snippet
from wabolt.optin.models import Entry, EntryPoint
from wabolt.optin.services import set_embedding
from wabolt.optin.tests.factories import make_point

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
BLOCK_COOKIES = "--test-third-party-cookie-phaseout"


@contextmanager
def website(shop: str) -> Iterator[SimpleNamespace]:
    """Another website whose policy allows nothing but the script and the frames of `shop`. `body`: its page."""
    policy = f"default-src 'none'; script-src {shop}; frame-src {shop}; base-uri 'none'; form-action 'none'"
    site = SimpleNamespace(body="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            page = f"<!doctype html><html lang=id><title>Blog</title><h1>Blog</h1>{site.body}<p>Sesudahnya</p>"
            self.wfile.write(page.encode() if found else b"")

        def log_message(self, *_args: object) -> None:
            """Keeps the output of the tests clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    site.origin = f"http://127.0.0.1:{server.server_port}"  # the shop is "localhost": another site, not just a port
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def opened(browser: Browser, address: str, *, scripts: bool = True) -> tuple[Page, list[str]]:
    """The page on a phone, and what its console said."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="id-ID", java_script_enabled=scripts)
    context.route("https://wa.me/**", lambda route: route.fulfill(body="WhatsApp", content_type="text/html"))
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda problem: said.append(str(problem)))
    page.goto(address)
    return page, said


@pytest.fixture
def point(transactional_db: None, live_server: LiveServer, settings: Any) -> EntryPoint:
    settings.PUBLIC_URL = live_server.url.replace("127.0.0.1", "localhost")
    channel = make_channel(make_workspace("Gaya Nusantara"))
    questions = [{"key": "name", "required": True}, {"key": "birth_date", "year": False}]
    made = make_point(channel, kind="form", questions=questions, headline="Diskon 10%")
    set_embedding(workspace=channel.workspace, point_id=made.pk, embedding="anywhere")
    made.refresh_from_db()
    return made


@pytest.fixture
def lines(point: EntryPoint) -> dict[str, str]:
    return {way: snippet(point, way, delay=0) for way in ("inline", "button", "popup")}


def test_a_form_inside_a_page_grows_and_leads_to_whatsapp(
    point: EntryPoint, lines: dict[str, str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wabolt.accounts.services.public_forms.SHORTEST_FILL", 0)  # the browser is faster than people
    with website(settings.PUBLIC_URL) as site, chromium_started(BLOCK_COOKIES) as browser:
        site.body = lines["inline"]
        page, said = opened(browser, site.origin)
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Diskon 10%")).to_be_visible()
        fits = "() => document.documentElement.scrollHeight <= window.innerHeight + 1"
        page.frames[1].wait_for_function(fits)
        frame.get_by_role("button", name="Lanjut").click()  # without the box: errors make it higher
        expect(frame.get_by_role("alert")).to_be_visible()
        page.frames[1].wait_for_function(fits)
        frame.get_by_label("Nama Kakak").fill("Ayu Lestari")
        frame.locator("[name=marketing]").check()
        frame.get_by_role("button", name="Lanjut").click()
        button = frame.get_by_role("link", name="Kirim lewat WhatsApp")
        expect(button).to_be_visible()
        assert page.url == f"{site.origin}/"
        button.click()
        page.wait_for_url("https://wa.me/**")  # the whole window, not the frame
        assert page.context.cookies() == []
        assert [text for text in said if "Refused" in text or "violat" in text.lower() or "rror" in text] == []
    entry = Entry.objects.get()
    assert entry.answers == {"name": "Ayu Lestari"}
    assert clock.now() >= entry.created_at


def test_a_button_and_a_popup_open_the_form_and_without_scripts_a_link_leads_to_it(
    lines: dict[str, str], settings: Any
) -> None:
    with website(settings.PUBLIC_URL) as site, chromium_started(BLOCK_COOKIES) as browser:
        for way in ("button", "popup"):
            site.body = lines[way]
            page, said = opened(browser, site.origin)
            if way == "button":
                expect(page.locator("iframe")).to_have_count(0)
                page.get_by_role("link", name="Diskon 10%").click()
            expect(page.frame_locator("dialog iframe").get_by_role("heading", name="Diskon 10%")).to_be_visible()
            page.get_by_role("button", name="Tutup").click()
            expect(page.locator("dialog")).to_be_hidden()
            assert [text for text in said if "Refused" in text] == []
            page.context.close()
        page, _said = opened(browser, site.origin, scripts=False)  # with the line of the popup
        page.get_by_role("link", name="Diskon 10%").click()
        expect(page.get_by_role("button", name="Lanjut")).to_be_visible()


def test_a_popup_waits_for_its_delay_and_opens_once(point: EntryPoint, settings: Any) -> None:
    """The clock of the browser is moved, so that the test does not wait."""
    with website(settings.PUBLIC_URL) as site, chromium_started(BLOCK_COOKIES) as browser:
        site.body = snippet(point, "popup", delay=20)
        page, said = opened(browser, "about:blank")
        page.clock.install()
        page.goto(site.origin)
        page.clock.run_for(19_000)
        expect(page.locator("iframe")).to_have_count(0)
        page.clock.run_for(1_500)
        expect(page.frame_locator("dialog iframe").get_by_role("heading", name="Diskon 10%")).to_be_visible()
        page.get_by_role("button", name="Tutup").click()
        page.clock.run_for(60_000)
        expect(page.locator("dialog")).to_be_hidden()
        assert [text for text in said if "Refused" in text or "violat" in text.lower()] == []


def test_other_websites_and_pages_of_members_stay_out(point: EntryPoint, lines: dict[str, str], settings: Any) -> None:
    set_embedding(workspace=point.workspace, point_id=point.pk, embedding="listed", sites=["https://toko.id"])
    owner: Client = signed_in(point.workspace)
    with website(settings.PUBLIC_URL) as site, chromium_started(BLOCK_COOKIES) as browser:
        for body in (lines["inline"], f'<iframe src="{settings.PUBLIC_URL}/ways-in/?embed=1"></iframe>'):
            site.body = body
            page, said = opened(browser, "about:blank")
            cookie = owner.cookies["sessionid"].value
            page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": settings.PUBLIC_URL}])
            page.goto(site.origin)
            page.wait_for_function("document.querySelector('iframe')")
            page.wait_for_load_state("networkidle")
            assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"], said
            page.context.close()
