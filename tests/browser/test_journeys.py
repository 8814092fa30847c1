"""An owner makes journeys on a phone in a real browser: from recipes, published, changed with people inside, paused."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.installation import CHROMIUM
from tests.browser.test_access import chromium_started, window
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.rules.codec import parse
from wabolt.journeys.rules.structure import steps_in_order
from wabolt.journeys.services import Entrant, advance_due, enroll

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
RECIPES = {"welcome": "Selamat datang", "birthday": "Ucapan ulang tahun", "cart": "Keranjang ditinggal",
           "win_back": "Pelanggan yang lama diam"}  # fmt: skip


@pytest.fixture
def workspace(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    # Playwright runs an event loop in the thread of the test, which lets customers in between.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    workspace = make_workspace("Gaya Nusantara")
    make_channel(workspace)
    return workspace


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url


def test_an_owner_makes_four_journeys_on_a_phone(live_server: LiveServer, workspace: Workspace) -> None:
    contact = make_contact(workspace, name="Ayu Lestari")
    owner = signed_in(workspace)
    with chromium_started() as browser:
        page = window(browser, live_server, owner, width=360, scheme="light")
        for name in RECIPES.values():
            _make(page, name)
        assert set(Journey.objects.filter(state="active").values_list("recipe", flat=True)) == set(RECIPES)
        journey = Journey.objects.get(recipe="welcome")
        enroll(journey=journey, entrants=[Entrant(contact.pk)])
        advance_due()
        _change_with_people_inside(page, journey)
        _move_by_dragging(page, journey)
        _pause_and_resume(page, journey)


def _make(page: Page, name: str) -> None:
    """A recipe, one look at its test run, published."""
    page.goto("/journeys/")
    fits(page)
    page.locator(".jn-recipe", has_text=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    fits(page)
    page.get_by_role("link", name="Periksa dan terbitkan").click()
    expect(page.get_by_text("Uji coba")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Terbitkan").click()
    expect(page.get_by_text("0 masuk = 0 berjalan")).to_be_visible()
    fits(page)


def _change_with_people_inside(page: Page, journey: Journey) -> None:
    """The wait becomes shorter while a customer is in it; the publication asks, and the customer stays."""
    page.goto(f"/journeys/{journey.pk}/")
    expect(page.get_by_text("1 masuk = 1 berjalan")).to_be_visible()
    page.get_by_role("link", name="Ubah", exact=True).click()
    page.locator(".jn-kind-wait a.jn-words").first.click()
    page.get_by_label("Jumlah", exact=True).fill("5")
    expect(page.get_by_label("Hanya hari")).to_be_hidden()
    fits(page)
    page.get_by_role("button", name="Simpan").click()
    expect(page.get_by_text("Tunggu 5 hari")).to_be_visible()
    page.get_by_role("link", name="Periksa dan terbitkan").click()
    expect(page.get_by_text("1 pelanggan menunggu di langkah yang diubah")).to_be_visible()
    page.get_by_role("button", name="Terbitkan").click()
    expect(page.get_by_text("1 masuk = 1 berjalan")).to_be_visible()
    assert Enrollment.objects.get(journey=journey).state == "active"


def _move_by_dragging(page: Page, journey: Journey) -> None:
    """The wait is dragged above the first message; the menu does the same without a script."""
    before = _order(journey)
    page.goto(f"/journeys/{journey.pk}/edit/")
    handles = page.locator(".jn-line").first.locator("> .jn-item > .jn-card .jn-grip")
    start, end = handles.nth(1).bounding_box(), handles.nth(0).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 5, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(start["x"] + 5, start["y"] - 30, steps=4)
    page.mouse.move(end["x"] + 5, end["y"] + 5, steps=8)
    with page.expect_navigation():
        page.mouse.up()
    assert _order(journey)[:2] == [before[1], before[0]]
    first = page.locator(".jn-item").first
    first.get_by_label("Tindakan lain").first.click()
    first.get_by_role("button", name="Turunkan").first.click()
    expect(page.locator(".jn-item").first).to_have_attribute("data-step", before[0])
    assert _order(journey) == before


def _order(journey: Journey) -> list[str]:
    journey.refresh_from_db()
    return [step.id for step in steps_in_order(parse(journey.draft))]


def _pause_and_resume(page: Page, journey: Journey) -> None:
    page.goto(f"/journeys/{journey.pk}/")
    page.get_by_role("button", name="Jeda").click()
    expect(page.get_by_text("Semua tetap di tempatnya. Pelanggan baru")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Lanjutkan").click()
    expect(page.get_by_role("button", name="Jeda")).to_be_visible()
    assert Enrollment.objects.get(journey=journey).state == "active"
