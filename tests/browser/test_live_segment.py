"""The switch that keeps a segment up to date, on a small phone: it shows its progress, then its numbers by itself."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started
from tests.browser.test_access import window
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.tests.factories import make_contact
from wabolt.segments.services import tend_live
from wabolt.segments.tests.live import make_segment

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


def _run_passes() -> None:
    tend_live()
    connection.close()


def test_the_switch_shows_its_progress_and_then_the_numbers(transactional_db: None, live_server: LiveServer) -> None:
    workspace = make_workspace()
    make_contact(workspace, city="Bandung")
    segment = make_segment(workspace, 'city = "Bandung"', "Orang Bandung")
    client = signed_in(workspace, "manager")
    with chromium_started() as browser, ThreadPoolExecutor(1) as worker:
        page = window(browser, live_server, client, width=360, scheme="light")
        page.goto(live_server.url + reverse("segments:detail", args=[segment.pk]))
        card = page.locator("#live")
        card.get_by_role("button", name="Nyalakan").click()
        expect(card.get_by_text("Memeriksa semua kontak")).to_be_visible()
        worker.submit(_run_passes).result()
        expect(card.get_by_text("Dalam 7 hari terakhir 0 masuk dan 0 keluar.")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        card.get_by_role("button", name="Matikan").click()
        expect(card.get_by_role("button", name="Nyalakan")).to_be_visible()
