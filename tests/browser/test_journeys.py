"""An owner makes journeys on a phone in a real browser: from recipes, published, changed with people inside, paused."""

import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started
from tests.browser.test_access import window
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.tests.factories import make_contact
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.codec import parse
from wabolt.journeys.rules.structure import steps_in_order
from wabolt.journeys.services import Entrant, advance_due, enroll
from wabolt.journeys.tests.factories import make_journey
from wabolt.segments.queries import condition_words

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
MOST_TAPS = 4
"""Taps from the list of journeys until one is live."""
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


@dataclass
class Thumb:
    """The owner's thumb. It counts its taps."""

    page: Page
    taps: int = 0

    def tap(self, target: Locator) -> None:
        target.click()
        self.taps += 1

    def button(self, name: str) -> None:
        self.tap(self.page.get_by_role("button", name=name, exact=True))

    def link(self, name: str) -> None:
        self.tap(self.page.get_by_role("link", name=name, exact=True))


def test_an_owner_makes_four_journeys_on_a_phone(live_server: LiveServer, workspace: Workspace) -> None:
    """Each is made from its recipe, published, changed with a customer inside, paused, and resumed."""
    contact = make_contact(workspace, name="Ayu Lestari")
    owner = signed_in(workspace)
    with chromium_started() as browser:
        page = window(browser, live_server, owner, width=360, scheme="light")
        for key, name in RECIPES.items():
            journey = _make(page, key, name)
            enroll(journey=journey, entrants=[Entrant(contact.pk)])
            _change_with_people_inside(page, journey)
            _pause_and_resume(page, journey)


def _make(page: Page, key: str, name: str) -> Journey:
    """A recipe, its questions, one look at its test run, published."""
    page.goto("/journeys/")
    fits(page)
    thumb = Thumb(page)
    thumb.tap(page.locator(".jn-recipe", has_text=name))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert 1 <= page.locator(".jn-form .wb-field").count() <= 5
    expect(page.locator(".bc-editor").first).to_be_visible()  # the words to insert are words, not Liquid
    fits(page)
    thumb.button("Lihat uji coba")
    expect(page.get_by_text("Uji coba", exact=True)).to_be_visible()
    fits(page)
    thumb.button("Terbitkan")
    expect(page.get_by_role("link", name="Ubah", exact=True)).to_be_visible()
    fits(page)
    assert thumb.taps <= MOST_TAPS
    return Journey.objects.get(recipe=key, state="active")


def _change_with_people_inside(page: Page, journey: Journey) -> None:
    """The step at which a customer is changes; the publication asks what happens, and the customer stays."""
    first = steps_in_order(parse(journey.draft))[0]
    page.get_by_role("link", name="Ubah", exact=True).click()
    page.locator(f"#step-{first.id} a.jn-words").first.click()
    match first:
        case d.Send():
            shown = "Hai Kak, apa kabar?"
            page.locator(".bc-editor").first.fill(shown)
            page.locator("[data-insert]").first.click()  # the word is added to what was typed
        case d.Wait():
            shown = "Tunggu 5 jam"
            page.get_by_label("Jumlah", exact=True).fill("5")
            expect(page.get_by_label("Hanya hari")).to_be_hidden()
        case _:
            shown = "voucher 5%"
            page.get_by_label("Diskon (%)", exact=True).fill("5")
    fits(page)
    page.get_by_role("button", name="Simpan").last.click()
    expect(page.locator(f"#step-{first.id}")).to_contain_text(shown)
    fits(page)
    page.get_by_role("link", name="Periksa dan terbitkan").click()
    expect(page.get_by_text("1 pelanggan menunggu di langkah yang diubah")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Terbitkan").click()
    expect(page.get_by_text("Sudah terbit.")).to_be_visible()
    one = Enrollment.objects.get(journey=journey)
    assert (one.state, one.step.key if one.step else "") == ("active", first.id)


def _pause_and_resume(page: Page, journey: Journey) -> None:
    page.get_by_role("button", name="Jeda").click()
    expect(page.get_by_text("Semua tetap di tempatnya. Pelanggan baru")).to_be_visible()
    fits(page)
    advance_due()
    assert not Enrollment.objects.get(journey=journey).runs.exists()
    page.get_by_role("button", name="Lanjutkan").click()
    expect(page.get_by_role("button", name="Jeda")).to_be_visible()
    assert Enrollment.objects.get(journey=journey).state == "active"


def test_cards_move_by_touch_by_pointer_and_by_keyboard(live_server: LiveServer, workspace: Workspace) -> None:
    journey = make_journey(workspace, *(d.Send(name, f"Pesan {name}") for name in ("a1", "b2", "c3")))
    with chromium_started() as browser:
        page = window(browser, live_server, signed_in(workspace), width=360, scheme="dark")
        page.emulate_media(reduced_motion="reduce")  # a card that is still moving takes no other card's place
        page.goto(f"/journeys/{journey.pk}/edit/")
        _drag_with_a_finger(page, "b2", "a1")
        assert _order(journey) == ["b2", "a1", "c3"]
        expect(page.locator("#toasts")).to_contain_text("langkah 1 dari 3")
        moved = page.locator("#step-b2 a.jn-words")
        expect(moved).to_be_focused()  # a screen reader says the step, and its place as the description
        expect(moved).to_have_accessible_description("langkah 1 dari 3")
        page.goto(f"/journeys/{journey.pk}/edit/", wait_until="load")  # the toast is gone
        _drag_with_the_mouse(page, "c3", "b2")
        assert _order(journey) == ["c3", "b2", "a1"]
        expect(page.locator("#step-c3 a.jn-words")).to_be_focused()
        page.locator("#step-c3 summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Turunkan").first).to_be_focused()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert _order(journey) == ["b2", "c3", "a1"]
        expect(page.locator("#step-c3 a.jn-words")).to_have_accessible_description("langkah 2 dari 3")


def test_a_card_takes_no_focus_from_a_menu_that_is_open(live_server: LiveServer, workspace: Workspace) -> None:
    """After a move the card gets the focus when the page is loaded: late, if the network is slow."""
    journey = make_journey(workspace, *(d.Send(name, f"Pesan {name}") for name in ("a1", "b2")))
    picture = "addEventListener('DOMContentLoaded', () => { document.body.append(new Image()); document.images"
    picture += "[document.images.length - 1].src = '/slow.png'; })"
    slow: list[Route] = []
    with chromium_started() as browser:
        page = window(browser, live_server, signed_in(workspace), width=360, scheme="light")
        page.add_init_script(picture)
        page.route("**/slow.png", lambda route: slow.append(route))
        with page.expect_request("**/slow.png"):
            page.goto(f"/journeys/{journey.pk}/edit/#step-b2", wait_until="domcontentloaded")
        menu = page.locator("#step-a1 summary")
        menu.focus()
        slow[0].abort()
        page.wait_for_load_state("load")
        page.evaluate("new Promise((done) => setTimeout(done, 100))")  # timers of the page that began at its load
        expect(menu).to_be_focused()


def _drag_with_a_finger(page: Page, step: str, onto: str) -> None:
    start, end = _grips(page, step, onto)
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, y: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": start[0], "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", start[1])
    for part in range(1, 9):
        touch("touchMove", start[1] + (end[1] - 20 - start[1]) * part / 8)
    with page.expect_navigation():
        touch("touchEnd", end[1])


def _drag_with_the_mouse(page: Page, step: str, onto: str, attempts: int = 4) -> None:
    """A busy browser may miss the start of a drag, as it may for a person, who then drags again."""
    start, end = _grips(page, step, onto)
    first = page.locator(".jn-item").first
    for _attempt in range(attempts):
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(start[0], start[1] - 30, steps=4)
        for nudge in range(20):  # the list follows the drag a bit later
            if first.get_attribute("data-step") == step:
                with page.expect_navigation():
                    page.mouse.up()
                return
            page.mouse.move(end[0], end[1] - 20 + nudge % 2, steps=4)
        page.mouse.up()
        page.wait_for_load_state()
        page.reload()
        start, end = _grips(page, step, onto)
    raise AssertionError("the card did not move")


def _grips(page: Page, step: str, onto: str) -> list[tuple[float, float]]:
    """The middles of the handles of two cards, away from the bars of the page."""
    above = "card => window.scrollTo({top: card.getBoundingClientRect().top + scrollY - 100, behavior: 'instant'})"
    page.locator(f"#step-{onto}").evaluate(above)  # below the bar at the top
    found = []
    for card in (step, onto):
        box = page.locator(f"#step-{card} .jn-grip").first.bounding_box()
        assert box
        found.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    return found


def _order(journey: Journey) -> list[str]:
    journey.refresh_from_db()
    return [step.id for step in steps_in_order(parse(journey.draft))]


def test_a_condition_is_built_with_a_thumb(live_server: LiveServer, workspace: Workspace) -> None:
    """ "Kota adalah Bandung dan sudah belanja minimal 2 kali", with the builder of segments."""
    journey = make_journey(workspace, d.Branch("b1"))
    with chromium_started() as browser:
        page = window(browser, live_server, signed_in(workspace), width=360, scheme="light")
        page.goto(f"/journeys/{journey.pk}/edit/")
        page.locator("#step-b1 a.jn-words").click()
        fits(page)
        page.get_by_role("button", name="Susun syarat").click()
        expect(page.get_by_role("button", name="Pakai syarat ini")).to_be_visible()
        _choose(page, "field:r.0", "city")
        page.locator('[name="value:r.0"]').fill("Bandung")
        page.route("**/*", _slowly)  # the typed value would be sent while the button's request is on its way
        with page.expect_response(lambda answer: answer.request.headers.get("hx-target") == "editor"):
            page.get_by_role("button", name="Syarat", exact=True).click()
        page.unroute("**/*")
        _settled(page)
        _choose(page, "field:r.1", "orders")
        value = page.locator('[name="value:r.1"]')
        with page.expect_response(lambda answer: answer.request.headers.get("hx-target") == "editor"):
            page.locator('[name="op:r.1"]').select_option(">=")
            value.fill("2")  # before the server has redrawn the row
        _settled(page)
        expect(value).to_have_value("2")
        fits(page)
        page.get_by_role("button", name="Pakai syarat ini").click()
        words = "Kota adalah Bandung dan sudah belanja minimal 2 kali"
        expect(page.get_by_text(words)).to_be_visible()
        fits(page)
    branch = parse(Journey.objects.get(pk=journey.pk).draft).steps[0]
    assert isinstance(branch, d.Branch)
    assert condition_words(workspace, str(branch.arms[0].when)) == words


def _slowly(route: Route) -> None:
    """Keeps a request of the builder longer than the pause after which typed text is sent."""
    if route.request.headers.get("hx-target") == "editor":
        time.sleep(0.8)
    route.continue_()


def _choose(page: Page, name: str, value: str) -> None:
    """Chooses in a menu of the builder, and waits until the server has redrawn it."""
    menu = page.locator(f'[name="{name}"]')
    expect(menu).to_be_visible()
    _settled(page)  # a menu that has just been inserted sends nothing yet
    with page.expect_response(lambda answer: answer.request.headers.get("hx-target") == "editor"):
        menu.select_option(value)
    _settled(page)


def _settled(page: Page) -> None:
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
