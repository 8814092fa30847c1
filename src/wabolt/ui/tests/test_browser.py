"""The style guide in a real browser: no violation of the policy, nothing wider than the screen, all components work."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from tests.browser.chromium import CHROMIUM, chromium_started

pytestmark = [
    pytest.mark.browser,
    pytest.mark.urls("wabolt.ui.tests.urls"),
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium_started() as chromium:
        yield chromium


@pytest.fixture
def address(live_server: LiveServer, settings: Settings) -> str:
    settings.DEBUG = True
    return f"{live_server.url}/ui/"


def open_guide(browser: Browser, address: str, *, width: int, scheme: str) -> tuple[Page, list[str]]:
    """The style guide, scrolled through once so that lazy components load, and the errors of the console."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        service_workers="block",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto(address)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.locator("[data-chart]").first.scroll_into_view_if_needed()  # the page may have grown since
    page.wait_for_selector("[data-chart] svg")
    return page, complaints


def test_guide_fits_every_width_without_complaints(browser: Browser, address: str) -> None:
    for width, scheme in ((320, "light"), (360, "dark"), (768, "light"), (1280, "dark")):
        page, complaints = open_guide(browser, address, width=width, scheme=scheme)
        assert complaints == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
        assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme
        page.context.close()


def test_targets_on_a_phone_are_large_enough_for_a_thumb(browser: Browser, address: str) -> None:
    page, _complaints = open_guide(browser, address, width=360, scheme="light")
    small = page.evaluate(
        """[...document.querySelectorAll('.btn, .wb-chip, .wb-pick, .wb-tabs a, .form-control, .form-select')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 90))"""
    )
    assert small == []


def test_picking_rows_opens_the_bar_and_counts(browser: Browser, address: str) -> None:
    page, _complaints = open_guide(browser, address, width=360, scheme="light")
    bar = page.locator("[data-bulk-bar]")
    assert not bar.is_visible()
    boxes = page.locator("tbody .wb-pick input")
    boxes.nth(0).check()
    boxes.nth(2).check()
    assert bar.is_visible()
    assert page.locator("[data-bulk-count]").inner_text().startswith("2 ")
    boxes.nth(0).uncheck()
    boxes.nth(2).uncheck()
    assert not bar.is_visible()


def test_bar_with_many_actions_leaves_the_list_visible(browser: Browser, address: str) -> None:
    """On a phone the actions are one row that scrolls sideways, however many there are."""
    page, _complaints = open_guide(browser, address, width=360, scheme="light")
    page.locator("tbody .wb-pick input").first.check()
    page.evaluate(
        """() => {
            const row = document.querySelector("[data-bulk-bar] .wb-actions");
            for (let i = 0; i < 8; i++) { row.append(row.querySelector(".btn").cloneNode(true)); }
        }"""
    )
    bar = page.locator("[data-bulk-bar]").bounding_box()
    assert bar is not None
    assert bar["height"] <= 120
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_dialog_opens_over_the_page_and_escape_closes_it(browser: Browser, address: str) -> None:
    page, complaints = open_guide(browser, address, width=1280, scheme="light")
    page.evaluate("window.scrollTo(0, 0)")
    page.locator(".wb-page-header summary").click()
    page.locator("[data-dialog=delete]").click()
    assert page.locator("#delete").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#delete").is_visible()
    assert complaints == []


def test_server_can_raise_a_toast_and_text_in_it_stays_text(browser: Browser, address: str) -> None:
    page, complaints = open_guide(browser, address, width=360, scheme="dark")
    page.evaluate("htmx.trigger(document.body, 'toast', {text: '<b>Tersimpan</b>', tone: 'success'})")
    assert page.locator(".wb-toast p").inner_text() == "<b>Tersimpan</b>"
    page.locator("[data-toast-close]").click()
    assert page.locator(".wb-toast").count() == 0
    assert complaints == []
