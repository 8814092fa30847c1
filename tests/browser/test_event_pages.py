"""Registering for an event and checking guests in, in a real browser on a phone, over the simulator."""

import re
from datetime import timedelta
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started
from tests.browser.test_access import window
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.models import Channel
from wabolt.channels.providers.simulator.provider import SimulatorProvider
from wabolt.channels.services import write_as_customer
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.queries import consent_of
from wabolt.consent.services import create_defaults
from wabolt.lib import clock
from wabolt.messaging.models import Message
from wabolt.messaging.services import process_raw_events
from wabolt.optin.events.services import check_in
from wabolt.optin.events.tests.factories import make_event, make_guest
from wabolt.optin.models import Registration, ShopEvent

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
PHONE = "+6281399900001"


@pytest.fixture
def channel(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Channel:
    # Playwright runs an event loop in the thread of the test, which plays the customer in between.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    workspace = make_workspace("Gaya Nusantara")
    create_defaults(workspace=workspace)
    return make_channel(workspace)


def visitor(
    browser: Browser, server: LiveServer, *, width: int = 360, scheme: Literal["light", "dark"] = "light"
) -> Page:
    """A window of a person who is not signed in."""
    view = {"width": width, "height": 740}
    context = browser.new_context(viewport=view, color_scheme=scheme, locale="id-ID", base_url=server.url)  # type: ignore[arg-type]
    return context.new_page()


def fits(page: Page, width: int = 360) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def say(channel: Channel, text: str) -> None:
    write_as_customer(channel=channel, phone=PHONE, text=text, name="")
    SimulatorProvider(channel).collect(1000)
    process_raw_events(channel)


def test_from_the_page_to_the_door(live_server: LiveServer, channel: Channel) -> None:
    helper = signed_in(channel.workspace, "agent")
    event = make_event(
        channel, title="Kelas Membatik untuk Pemula", starts_at=clock.now() + timedelta(days=2), capacity=2,
        questions=[{"key": "own:1", "label": "Ukuran celemek?", "choices": ["S", "M", "L"], "required": True}],
    )  # fmt: skip
    with chromium_started() as browser:
        page = visitor(browser, live_server)
        _register(page, channel, event)
        page = window(browser, live_server, helper, width=360, scheme="light")
        _work_the_door(page, event)
    guest = Registration.objects.get(name="Ayu Lestari")
    assert guest.checked_in_by is not None
    assert consent_of(channel.workspace, guest.contact_id).state is None, "registering is no permission"


def _register(page: Page, channel: Channel, event: ShopEvent) -> None:
    with clock.skewed(-timedelta(minutes=1)):  # a form that is sent at once comes from a program
        page.goto(reverse("optin:join", args=[event.point.slug]))
    fits(page)
    expect(page.get_by_text("Sisa 2 kursi")).to_be_visible()
    page.get_by_role("button", name="Daftar").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Nama Kakak").fill("Ayu Lestari")
    page.get_by_label("Ukuran celemek?").select_option("M")
    page.get_by_role("button", name="Daftar").click()
    send = page.get_by_role("link", name=re.compile("WhatsApp"))
    expect(send).to_be_visible()
    fits(page)
    [text] = parse_qs(urlsplit(send.get_attribute("href") or "").query)["text"]
    say(channel, text)
    answer = Message.objects.get(direction="outbound")
    assert answer.text.startswith("Kakak terdaftar di *Kelas Membatik untuk Pemula*.")
    page.reload()
    expect(page.get_by_text("Kursi Kakak sudah aman.")).to_be_visible()
    expect(page.get_by_role("link", name="Masukkan ke kalender")).to_be_visible()
    fits(page)


def _work_the_door(page: Page, event: ShopEvent) -> None:
    other = make_guest(event, name="Budi Santoso")
    page.goto(reverse("optin:door", args=[event.point_id]))
    fits(page)
    page.get_by_role("searchbox").fill("ayu")
    page.get_by_role("button", name="Hadir: Ayu Lestari").press("Enter")
    expect(page.locator("#door-counts")).to_contain_text("1")
    # a second helper, on another phone
    check_in(workspace=event.workspace, registration_id=other.pk, by=None)
    expect(page.locator("#door-counts b")).to_have_text("2")
    page.get_by_role("searchbox").fill("budi")
    page.get_by_role("button", name="Batalkan hadir: Budi Santoso").click()
    expect(page.locator("#door-counts b")).to_have_text("1")
    fits(page)
