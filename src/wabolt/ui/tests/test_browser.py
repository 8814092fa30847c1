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


def test_the_guide_on_a_phone_in_the_light(browser: Browser, address: str) -> None:
    page, complaints = open_guide(browser, address, width=320, scheme="light")
    _fits(page, 320, "light")
    page.set_viewport_size({"width": 360, "height": 800})
    _targets_are_large_enough_for_a_thumb(page)
    _picking_rows_opens_the_bar_and_counts(page)
    _a_bar_with_many_actions_leaves_the_list_visible(page)
    page.set_viewport_size({"width": 768, "height": 800})
    _fits(page, 768, "light")
    assert complaints == []


def test_the_guide_in_the_dark_and_on_a_desk(browser: Browser, address: str) -> None:
    page, complaints = open_guide(browser, address, width=360, scheme="dark")
    _fits(page, 360, "dark")
    _the_server_raises_a_toast_and_text_in_it_stays_text(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    _fits(page, 1280, "dark")
    _a_dialog_opens_over_the_page_and_escape_closes_it(page)
    assert complaints == []


def _fits(page: Page, width: int, scheme: str) -> None:
    assert page.evaluate("window.innerWidth") == width
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
    assert page.evaluate("document.documentElement.dataset.bsTheme") == scheme


def _targets_are_large_enough_for_a_thumb(page: Page) -> None:
    small = page.evaluate(
        """[...document.querySelectorAll('.btn, .wb-chip, .wb-pick, .wb-tabs a, .form-control, .form-select')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 90))"""
    )
    assert small == []


def _picking_rows_opens_the_bar_and_counts(page: Page) -> None:
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


def _a_bar_with_many_actions_leaves_the_list_visible(page: Page) -> None:
    """On a phone the actions are one row that scrolls sideways, however many there are."""
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


def _a_dialog_opens_over_the_page_and_escape_closes_it(page: Page) -> None:
    page.evaluate("window.scrollTo(0, 0)")
    page.locator(".wb-page-header summary").click()
    page.locator("[data-dialog=delete]").click()
    assert page.locator("#delete").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#delete").is_visible()


def _the_server_raises_a_toast_and_text_in_it_stays_text(page: Page) -> None:
    page.evaluate("htmx.trigger(document.body, 'toast', {text: '<b>Tersimpan</b>', tone: 'success'})")
    assert page.locator(".wb-toast p").inner_text() == "<b>Tersimpan</b>"
    page.locator("[data-toast-close]").click()
    assert page.locator(".wb-toast").count() == 0
