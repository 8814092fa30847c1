"""The import wizard at 360 px: no page is too wide, and the continue button is always visible."""

import io

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started
from tests.browser.test_access import window
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.imports import services

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
COLUMNS = ["Nama", "No HP", "Kota", "Tgl Lahir", *(f"Kolom tambahan nomor {n} dengan nama panjang" for n in range(6))]
WIDTHS = (360, 1280)
LONG = "nilaiyangsangatpanjangtanpaspasisamasekali" * 3


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    return make_workspace()


def table() -> bytes:
    rows = [["Ani Lestari", "081211110001", "Bandung", "17 Agus 1990", *[LONG] * 6] for _ in range(4)]
    return "\n".join(";".join(row) for row in (COLUMNS, *rows)).encode()


def width_of(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def in_sight(page: Page, name: str) -> bool:
    """True if the button is inside the window and above the bottom bar."""
    box = page.get_by_role("button", name=name).bounding_box()
    bar = page.locator(".wb-bottom").bounding_box()
    assert box is not None
    return box["y"] >= 0 and box["y"] + box["height"] <= (bar["y"] if bar else 800)


def test_the_wizard_fits_a_phone_and_its_way_on_stays_in_sight(live_server: LiveServer, workspace: Workspace) -> None:
    imported = services.start_import(
        workspace=workspace, kind="contacts", file=io.BytesIO(table()), filename="kontak.csv"
    )
    client = signed_in(workspace, "manager")
    with chromium_started() as browser:
        page = window(browser, live_server, client, width=360, scheme="light")
        # The last button comes after the statement that it confirms, so it is not sticky.
        for path, is_sticky in (("new/", True), (f"{imported.pk}/start/", False), (f"{imported.pk}/columns/", True)):
            page.goto(f"/imports/{path}")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                assert width_of(page) <= width, path
                if is_sticky:
                    assert in_sight(page, "Lanjut"), path
            page.set_viewport_size({"width": 360, "height": 800})
        page.locator("details.imports-sure > summary").click()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert width_of(page) <= width
            assert page.get_by_text("baris milik orang yang sudah ada di file").is_visible()
