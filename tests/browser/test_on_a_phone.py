"""Use with one thumb: errors, ticks, the composer and the reply box."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.access import faults
from tests.browser.chromium import CHROMIUM, chromium_started
from tests.browser.test_access import window
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.channels.models import Channel, LinkedNumber
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import hold_for_doubt
from wabolt.lib import clock
from wabolt.messaging.models import Conversation

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
FOCUS = "document.activeElement.name || document.activeElement.tagName"


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    workspace = make_workspace()
    make_agreeing(workspace, 3)
    make_broadcast(workspace)
    return workspace


def test_a_reload_by_the_page_itself_does_not_cancel_a_tap(
    live_server: LiveServer, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of a linked number reloads when the number is logged out. The owner waits for another page then."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    channel = make_channel(workspace, provider="linked")
    number = LinkedNumber.objects.create(channel=channel, jid="628110000001:1@s.whatsapp.net")
    held: list[Route] = []
    with chromium_started() as browser:
        page = window(browser, live_server, signed_in(workspace), width=360, scheme="light")
        page.route("**/inbox/", lambda route: held.append(route))
        page.goto(f"/channels/{channel.pk}/link/")
        with page.expect_request("**/inbox/"):
            page.locator("a[href='/inbox/']:visible").first.click(no_wait_after=True)
        LinkedNumber.objects.filter(pk=number.pk).update(jid="")
        page.wait_for_event("response", lambda response: "hx-refresh" in response.headers).finished()
        held[0].continue_()
        page.wait_for_url("**/inbox/")


def test_an_answer_does_not_cancel_a_press(live_server: LiveServer, workspace: Workspace) -> None:
    """The press on a button ends the change of a field. The answer to this change draws the button again."""
    client = signed_in(workspace)
    with chromium_started() as browser:
        page = window(browser, live_server, client, width=1280, scheme="light")
        page.clock.install()
        page.goto("/broadcasts/new/")
        page.locator("[name=segment]").select_option(index=1)
        page.locator("[name=text]").fill("Halo Kak {{ contact.name }}")
        expect(page.locator("#bubble")).to_contain_text("dilihat oleh Ayu")
        shown = page.locator(".wb-leaf").inner_text()
        following = page.get_by_role("button", name="Orang berikutnya")
        page.locator("[name=voucher_percent]").fill("10")
        following.hover()
        page.clock.pause_at(datetime.now() + timedelta(minutes=1))  # the press takes no time, however long the server
        with page.expect_request_finished(lambda request: request.url.endswith("/broadcasts/bubble/")):
            page.mouse.down()
        page.mouse.up()
        page.clock.resume()
        expect(page.locator("#bubble")).not_to_contain_text(shown)


def test_composer_works_without_scripts(live_server: LiveServer, workspace: Workspace) -> None:
    client = signed_in(workspace)
    with chromium_started() as browser:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": 360, "height": 740}, java_script_enabled=False, locale="id-ID"
        )
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
        page = context.new_page()
        page.goto("/broadcasts/new/")
        page.locator("[name=segment]").select_option(index=1)
        page.locator("[name=name]").fill("Promo")
        page.locator("[name=text]").fill("Halo {{ contact.name }}")
        page.get_by_role("button", name="Lanjut").click()
        expect(page.get_by_role("button", name="Kirim ke 3 pelanggan")).to_be_visible()


def test_a_text_is_written_kept_and_refused(live_server: LiveServer, workspace: Workspace) -> None:
    client = signed_in(workspace)
    with chromium_started() as browser:
        page = window(browser, live_server, client, width=360, scheme="light")
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto("/broadcasts/new/")
        _variables_are_words(page)
        _the_text_is_in_the_draft(page)
        _the_message_of_a_refused_text_is_above_the_bottom_bar(page)
        _refused_form_leads_to_its_first_error(page)


def _variables_are_words(page: Page) -> None:
    """Typed, tapped and pasted variables appear as words and are stored as Liquid with every space."""
    stored = 'Halo {{ contact.first_name | default: "Kak" }}  apa kabar?\n\nKota: {{ contact.city }}'
    editor, field = page.get_by_role("textbox", name="Pesan"), page.locator("[name=text]")
    editor.click()
    page.keyboard.type("Halo")
    page.get_by_role("button", name="Nama depan").click()
    page.keyboard.type("  apa kabar?")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("Kota: {{ contact.city }}")
    assert field.input_value() == stored
    page.locator("[name=name]").focus()
    expect(editor.locator(".bc-token")).to_have_text(["Nama depan", "Kota"])
    expect(editor).not_to_contain_text("{{")
    assert field.input_value() == stored
    # copying yields the stored text, and pasting it draws variables again
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+x")
    assert field.input_value() == ""
    page.keyboard.press("Control+v")
    assert field.input_value() == stored
    expect(editor.locator(".bc-token")).to_have_count(2)
    page.keyboard.press("Backspace")  # one key deletes a whole variable
    assert field.input_value() == stored.removesuffix("{{ contact.city }}")


def _the_text_is_in_the_draft(page: Page) -> None:
    editor = page.get_by_role("textbox", name="Pesan")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Halo {{ contact.city }}, ada promo")
    page.reload()
    expect(page.locator("[name=text]")).to_have_value("Halo {{ contact.city }}, ada promo")
    expect(editor).to_contain_text("ada promo")
    expect(editor.locator(".bc-token")).to_have_text(["Kota"])


def _the_message_of_a_refused_text_is_above_the_bottom_bar(page: Page) -> None:
    page.locator("[name=segment]").select_option(index=1)
    page.locator("[name=name]").fill("Promo")
    page.get_by_role("textbox", name="Pesan").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Halo {{ contact.city")
    page.get_by_role("button", name="Lanjut").click()
    expect(page.locator("[data-form-errors]")).to_have_attribute("data-shown", "")  # the scripts have run
    message = page.locator(".wb-error").first
    expect(message).to_be_in_viewport(ratio=1)
    bar = page.locator(".wb-bottom").bounding_box()
    box = message.bounding_box()
    assert bar
    assert box
    assert box["y"] + box["height"] <= bar["y"]


def _refused_form_leads_to_its_first_error(page: Page) -> None:
    """Errors below the fold are listed in the summary, and the first wrong field has the focus."""
    page.get_by_role("textbox", name="Pesan").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Kode {{ voucher.code }}")
    page.locator("[name=voucher_days]").fill("0")
    page.evaluate("document.querySelector('#compose').noValidate = true")
    page.get_by_role("button", name="Lanjut").click()
    summary = page.locator("[data-form-errors]")
    expect(summary.locator("li")).to_have_count(2)
    expect(page.locator("[name=voucher_percent]")).to_be_focused()  # once the scripts of the answer have run
    expect(page.locator("[name=voucher_percent]")).to_be_in_viewport(ratio=1)
    summary.get_by_role("link").last.click()
    assert page.evaluate(FOCUS) == "voucher_days"
    expect(page.locator("[name=voucher_days]")).to_be_in_viewport(ratio=1)


def test_people_are_ticked_and_answered(live_server: LiveServer, workspace: Workspace) -> None:
    client = signed_in(workspace)
    person = workspace.contacts.latest("pk").pk
    with chromium_started() as browser:
        page = window(browser, live_server, client, width=360, scheme="light")
        page.goto("/contacts/")
        page.locator("tbody .wb-pick input").nth(0).check()
        expect(page.locator("[data-bulk-count]")).to_have_text("1 kontak dicentang")
        page.locator("tbody .wb-pick input").nth(1).check()
        expect(page.locator("[data-bulk-count]")).to_have_text("2 kontak dicentang")
        page.goto(f"/contacts/{person}/?tab=conversation")
        _reply_box_grows_with_its_text(page)
        _reply_that_was_sent_does_not_come_back(page)


def _reply_box_grows_with_its_text(page: Page) -> None:
    box = page.locator("textarea[name=text]:visible")
    low = box.evaluate("e => e.clientHeight")
    box.fill("Halo Kak Ayu, pesanan Kakak sudah siap.\nBisa diambil hari ini.\nTerima kasih!\n\nSalam, Sari")
    assert box.evaluate("e => e.clientHeight >= e.scrollHeight")
    assert box.evaluate("e => e.clientHeight") > low
    page.set_viewport_size({"width": 360, "height": 400})  # the keyboard covers half of the screen
    expect(box).to_be_in_viewport(ratio=1)
    expect(page.locator(".wb-bottom")).to_be_hidden()
    page.set_viewport_size({"width": 360, "height": 800})


def _reply_that_was_sent_does_not_come_back(page: Page) -> None:
    """The answer replaces the form: its draft is deleted and does not return on the next visit."""
    box = page.locator("textarea[name=text]:visible")
    box.fill("")
    box.press_sequentially("Halo Kak Ayu")
    page.get_by_role("button", name="Kirim").last.click()
    expect(page.locator(".wb-bubble-out")).to_contain_text("Halo Kak Ayu")
    expect(box).to_have_value("")
    page.reload()
    expect(box).to_have_value("")


def test_inbox_is_a_desk_on_a_wide_screen_and_two_pages_on_a_phone(
    live_server: LiveServer, workspace: Workspace
) -> None:
    """The reply box is visible while it grows. On a desk the list and the customer stay next to the conversation. On a
    phone a possible STOP can be answered."""
    client, now = signed_in(workspace), clock.now()
    first, second, third = workspace.contacts.order_by("pk")[:3]
    channel = Channel.objects.first()
    for contact in (first, second, third):
        held = Conversation.objects.create(workspace=workspace, channel=channel, contact=contact, last_inbound_at=now)
    hold_for_doubt(workspace=workspace, contact_id=third.pk, evidence={"text": "stop dulu"}, at=now)
    with chromium_started() as browser:
        page = window(browser, live_server, client, width=360, scheme="light")
        page.goto(f"/inbox/{held.pk}/")
        expect(page.get_by_role("button", name="Ya, minta berhenti")).to_be_visible()
        expect(page.get_by_role("button", name="Bukan, promo tetap jalan")).to_be_visible()
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto("/inbox/")
            _two_customers_are_answered(page, first.name, second.name, is_desk=width > 1000)


def _two_customers_are_answered(page: Page, first: str, second: str, *, is_desk: bool) -> None:
    page.evaluate("document.body.dataset.stays = 'yes'")
    page.get_by_role("link", name=first).press("Enter")
    head, listed = page.locator("main h1:visible"), page.locator(".inbox-list")
    customer = page.locator(".inbox-customer")
    expect(head.last).to_have_text(first)
    assert page.evaluate("document.body.dataset.stays === 'yes'") == is_desk, "the conversation alone was swapped"
    expect(head).to_have_count(1)
    expect(listed).to_be_visible(visible=is_desk)
    expect(customer).to_be_visible(visible=is_desk)
    box = page.locator(".msg-compose textarea")
    expect(box).to_be_in_viewport(ratio=1)
    if is_desk:
        expect(box).to_be_focused()
        expect(listed.locator("[aria-current='true']", has_text=first)).to_be_visible()
    box.fill("Halo\n" * 8)
    expect(box).to_be_in_viewport(ratio=1)
    bar = page.locator(".wb-bottom")
    if not is_desk:
        assert (bar.bounding_box() or {})["y"] >= sum((box.bounding_box() or {})[key] for key in ("y", "height"))
        page.locator(".wb-back").click()
    page.get_by_role("link", name=second).click()
    expect(head).to_have_text(second)
    page.go_back()
    expect(head).to_have_text(first if is_desk else "Kotak masuk")
    assert not faults(page)
