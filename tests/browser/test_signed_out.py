"""A session that ends during typing: the page stays, and signing in leads back to it."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started
from tests.browser.test_access import window
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.broadcasts.models import Broadcast
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.models import Conversation
from wabolt.segments.models import Segment
from wabolt.segments.queries import EVERYONE, to_json

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
EMAIL, PASSWORD = "sri@toko.example", "rahasia-sekali"
TYPED_IN = "main form[method=post] [name=name]"
DRAFTS = "Object.keys(localStorage).filter(key => key.startsWith('wb-draft')).length"
TYPED = "Halo Kak, pesanan batiknya sudah siap diambil besok pagi."


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    return make_workspace()


@pytest.fixture
def owner(workspace: Workspace) -> Client:
    client = Client()
    client.force_login(make_member(workspace, email=EMAIL))
    return client


@pytest.fixture
def ayu(workspace: Workspace) -> Contact:
    """A contact who has written."""
    now = clock.now()
    contact = make_contact(workspace, "Ayu", "+6281210000001")
    Conversation.objects.create(
        workspace=workspace, channel=make_channel(workspace), contact=contact, last_message_at=now, last_inbound_at=now
    )
    return contact


def end_session(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")


def sign_out(page: Page) -> None:
    page.locator("details.wb-user summary").click()
    page.locator("form[data-sign-out] button").click()
    page.wait_for_url("**/account/login/**")


def sign_in(page: Page) -> None:
    page.get_by_label("Email").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form [type=submit]").first.click()


@pytest.fixture
def everybody(workspace: Workspace) -> Segment:
    """A segment and a number, without which the composer asks for them."""
    make_channel(workspace)
    return Segment.objects.create(workspace=workspace, name="Semua", tree=to_json(EVERYONE))


def test_signing_in_brings_back_what_was_typed(
    live_server: LiveServer, owner: Client, ayu: Contact, everybody: Segment
) -> None:
    with chromium_started() as browser:
        page = window(browser, live_server, owner, width=360, scheme="light")
        _a_form_comes_back(page)
        _a_broadcast_comes_back(page, everybody)
        _a_poll_leaves_the_page_and_the_reply_comes_back(page, live_server.url, f"/contacts/{ayu.pk}/?tab=conversation")
        page.goto("/contacts/new/")
        page.locator("main [name=name]").fill("Bu Sri")
        assert page.evaluate(DRAFTS) == 2  # with the reply
        sign_out(page)
        assert page.evaluate(DRAFTS) == 0, "no draft stays on the device"
    assert Broadcast.objects.get().text == TYPED


def _a_form_comes_back(page: Page) -> None:
    page.goto("/contacts/new/")
    page.locator("main [name=name]").fill("Bu Sri")
    page.locator("main [name=city]").fill("Bandung")
    end_session(page)
    page.locator("main form [type=submit]").first.click()
    sign_in(page)
    page.wait_for_url("**/contacts/new/")
    expect(page.locator("main [name=name]")).to_have_value("Bu Sri")
    expect(page.locator("main [name=city]")).to_have_value("Bandung")
    page.locator("main [name=phone]").fill("081210000002")
    page.locator("main form [type=submit]").first.click()
    page.wait_for_url(re.compile(r"/contacts/\d+/"))
    page.goto("/contacts/new/")
    expect(page.locator("main [name=name]")).to_have_value("")  # saved: the draft is gone


def _a_broadcast_comes_back(page: Page, everybody: Segment) -> None:
    page.goto("/broadcasts/new/")
    page.locator("[name=segment]").select_option(str(everybody.pk))
    page.locator("main [name=name]").fill("Promo akhir bulan")
    page.locator(".bc-editor").first.fill(TYPED)
    end_session(page)
    page.locator("main form .wb-form-actions button").first.click()
    sign_in(page)
    page.wait_for_url("**/broadcasts/new/")
    expect(page.locator("main [name=name]")).to_have_value("Promo akhir bulan")
    expect(page.locator(".bc-editor").first).to_have_text(TYPED)
    expect(page.locator("[name=segment]")).to_have_value(str(everybody.pk))
    page.locator("main form .wb-form-actions button").first.click()
    page.wait_for_url(re.compile(r"/broadcasts/\d+/check/"))


def _a_poll_leaves_the_page_and_the_reply_comes_back(page: Page, base: str, address: str) -> None:
    page.goto(address)
    page.locator("#conversation textarea").fill(TYPED)
    end_session(page)
    strip = page.locator("#signed-out")
    expect(strip).to_be_visible()  # the next poll has got 401
    expect(page.locator("#conversation textarea")).to_have_value(TYPED)
    strip.get_by_role("link").click()
    sign_in(page)
    expect(page.locator("#conversation textarea")).to_have_value(TYPED)
    assert page.url == base + address
    expect(page.locator("#signed-out")).to_be_hidden()


@pytest.mark.usefixtures("everybody")
def test_signing_out_in_another_tab_says_that_the_text_will_be_lost_and_forms_are_not_sent(
    live_server: LiveServer, owner: Client, ayu: Contact
) -> None:
    forms = {}
    with chromium_started() as browser:
        page = window(browser, live_server, owner, width=360, scheme="light")
        page.goto(f"/contacts/{ayu.pk}/?tab=conversation")
        page.locator("#conversation textarea").fill("Halo Kak")
        for path in ("/contacts/new/", "/segments/new/", "/broadcasts/new/"):  # the first asks nothing by itself
            tab = forms[path] = page.context.new_page()
            tab.goto(path)
            tab.locator(TYPED_IN).first.fill("Promo akhir bulan")
        untouched = page.context.new_page()
        untouched.goto(f"/contacts/{ayu.pk}/edit/")
        other = page.context.new_page()
        other.goto("/contacts/")
        sign_out(other)
        untouched.wait_for_url("**/account/login/**")  # nothing is typed on it, so it does not stay
        strip = page.locator("#signed-out")
        expect(strip).to_be_visible()
        expect(strip).to_contain_text("salin dulu")
        expect(strip.locator("[data-kept]")).to_be_hidden()
        expect(strip.get_by_role("link")).to_have_attribute("target", "_blank")
        page.locator("#conversation textarea").fill(TYPED)  # typing goes on, and nothing of it stays on the device
        assert page.evaluate(DRAFTS) == 0
        for path, tab in forms.items():
            _is_not_sent(tab)
            assert tab.url == live_server.url + path


def _is_not_sent(tab: Page) -> None:
    strip = tab.locator("#signed-out")
    expect(strip).to_be_visible()
    sent: list[str] = []
    tab.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    tab.bring_to_front()
    tab.locator("main form[method=post]").filter(has=tab.locator("[name=name]")).first.evaluate(
        "form => { form.noValidate = true; form.requestSubmit(); }"
    )
    expect(strip.get_by_role("link")).to_be_focused()
    expect(tab.locator(TYPED_IN).first).to_have_value("Promo akhir bulan")
    assert sent == []


def test_the_button_of_a_signed_out_page_keeps_the_text_until_the_same_member_is_back(
    live_server: LiveServer, owner: Client, workspace: Workspace
) -> None:
    with chromium_started() as browser:
        page = window(browser, live_server, owner, width=360, scheme="light")
        page.goto("/contacts/new/")
        page.locator("main [name=name]").fill("Bu Sri")
        page.locator("main [name=phone]").fill("081210000002")
        other = page.context.new_page()
        other.goto("/contacts/")
        other.evaluate("document.querySelector('form[data-sign-out]').requestSubmit()")
        other.wait_for_url("**/account/login/**")
        page.locator("main form [type=submit]").first.click()
        expect(page.locator("#signed-out").get_by_role("link")).to_be_focused()
        expect(page.locator("main [name=name]")).to_have_value("Bu Sri")
        assert page.url == f"{live_server.url}/contacts/new/"
        sign_in(other)
        expect(page.locator("#signed-out")).to_be_hidden()
        page.locator("main form [type=submit]").first.click()
        page.wait_for_url(re.compile(r"/contacts/\d+/"))
    assert Contact.objects.filter(workspace=workspace, name="Bu Sri").count() == 1


def test_a_draft_does_not_overwrite_the_change_of_another_member(
    live_server: LiveServer, owner: Client, ayu: Contact
) -> None:
    other = Client()
    other.force_login(make_member(ayu.workspace, "manager"))
    form = other.get(f"/contacts/{ayu.pk}/edit/").context["form"]
    saved = {name: form[name].value() or "" for name in form.fields} | {"name": "Ayu Lestari"}
    with chromium_started() as browser:
        page = window(browser, live_server, owner, width=360, scheme="light")
        page.goto(f"/contacts/{ayu.pk}/edit/")
        page.locator("main [name=city]").fill("Medan")
        page.evaluate(
            "async ([path, data]) => { const form = document.querySelector('main form');"
            " const body = new FormData(form); Object.entries(data).forEach(([k, v]) => body.set(k, v));"
            " await fetch(path, {method: 'POST', body: new URLSearchParams(body)}); }",
            [f"/contacts/{ayu.pk}/edit/", saved],
        )
        page.goto(f"/contacts/{ayu.pk}/edit/")
        expect(page.locator("main [name=name]")).to_have_value("Ayu Lestari")
        expect(page.locator("main [name=city]")).to_have_value("")
