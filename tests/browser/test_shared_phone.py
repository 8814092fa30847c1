"""A phone that several people use, in a real Chromium: after a sign-out it keeps and tells nothing of the member."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection, transaction
from playwright.sync_api import Page, Worker, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.browser_push import BrowserPush, registering_browsers
from tests.browser.chromium import CHROMIUM, CHROMIUM_ARGS, PATIENCE, chromium_started, playwright_started
from tests.browser.test_installed import (
    NAME,
    PATHS,
    assert_nothing_is_kept,
    come_in,
    in_database,
    kept,
    wait_until,
)
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.media.tests.factories import picture_bytes
from wabolt.messaging.models import Conversation

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
BADGE = """
const told = () => JSON.parse(sessionStorage.getItem('badge') || '[]');
const note = async (value) => { sessionStorage.setItem('badge', JSON.stringify([...told(), value])); };
Navigator.prototype.setAppBadge = (count) => note(count);
Navigator.prototype.clearAppBadge = () => note('cleared');
"""
SHOWN = "self.registration.showNotification('Nomor terputus', {body: 'Toko'})"
LEFT = """async () => {
  const subscription = await self.registration.pushManager.getSubscription();
  return [subscription !== null, (await self.registration.getNotifications()).length];
}"""
SHARE = """async ([bytes, words]) => {
  const link = document.querySelector('link[rel=manifest]').href;
  const target = (await (await fetch(link)).json()).share_target;
  const form = document.createElement('form');
  form.action = target.action; form.method = target.method; form.enctype = target.enctype;
  const file = document.createElement('input');
  file.type = 'file'; file.name = target.params.files[0].name;
  const held = new DataTransfer();
  held.items.add(new File([new Uint8Array(bytes)], 'baju.jpg', {type: target.params.files[0].accept[0]}));
  file.files = held.files;
  const text = document.createElement('input');
  text.name = target.params.text; text.value = words;
  form.append(file, text);
  document.body.append(form);
  form.submit();
}"""


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    return make_workspace()


@pytest.fixture
def ayu(workspace: Workspace) -> Contact:
    contact, now = make_contact(workspace, NAME, "+6281210000001"), clock.now()
    Conversation.objects.create(
        workspace=workspace, channel=make_channel(workspace), contact=contact, last_message_at=now,
        last_inbound_at=now, last_text="Halo kak", unread=2, unanswered=1,
    )  # fmt: skip
    return contact


@pytest.fixture
def page(live_server: LiveServer, workspace: Workspace, ayu: Contact) -> Iterator[Page]:
    with chromium_started() as browser:
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="id-ID")
        context.grant_permissions(["notifications"], origin=live_server.url)
        context.add_init_script(BADGE)
        page = context.new_page()
        yield page
        context.close()


def sign_out(page: Page) -> None:
    page.locator("details.wb-user summary").click()
    page.locator("form[data-sign-out] button").click()
    page.wait_for_url("**/account/login/**")


def worker_of(page: Page) -> Worker:
    [worker] = page.context.service_workers
    return worker


def badge(page: Page) -> list[object]:
    return list(page.evaluate("JSON.parse(sessionStorage.getItem('badge') || '[]')"))


def test_a_phone_from_a_shared_photo_to_the_sign_out_and_to_days_without_a_connection(
    live_server: LiveServer, page: Page, workspace: Workspace, ayu: Contact
) -> None:
    come_in(page, live_server, workspace)
    _share_a_photo(page)
    _badge_counts_what_waits(page, live_server, ayu)
    _back_shows_no_page_of_before_the_sign_out(page, live_server, ayu)
    come_in(page, live_server, workspace)
    _kept_pages_end_on_a_phone_that_is_never_online_again(page, live_server, ayu)


def _share_a_photo(page: Page) -> None:
    """The way of the manifest, from the share sheet to the chat."""
    page.evaluate(SHARE, [list(picture_bytes()), "Ini fotonya, Kak"])
    page.wait_for_url("**/share/to/**")
    page.get_by_role("link", name=NAME).click()
    composer = page.locator("#conversation form")
    expect(composer.locator("textarea")).to_have_value("Ini fotonya, Kak")
    expect(composer.get_by_label("baju.jpg")).to_be_checked()


def _badge_counts_what_waits(page: Page, server: LiveServer, ayu: Contact) -> None:
    page.goto(f"{server.url}/contacts/")
    assert badge(page)[-1] == 1  # one conversation waits
    in_database(lambda: Conversation.objects.update(unread=0, unanswered=0))
    page.goto(f"{server.url}/contacts/{ayu.pk}/")
    assert badge(page)[-1] == 0


def _back_shows_no_page_of_before_the_sign_out(page: Page, server: LiveServer, ayu: Contact) -> None:
    tab = page.context.new_page()
    tab.goto(f"{server.url}/contacts/{ayu.pk}/edit/")
    tab.locator("main [name=name]").fill("Bu Tini Rahasia")  # so that it stays for now
    sign_out(page)
    wait_until(page, "JSON.parse(sessionStorage.getItem('badge')).at(-1) === 'cleared'")
    page.go_back()
    page.wait_for_url("**/account/login/**")
    assert NAME not in page.content()
    # Chromium shows no page as it was left here, so the event that another browser sends then is sent by the test.
    tab.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    tab.wait_for_url("**/account/login/**")
    tab.close()


def _kept_pages_end_on_a_phone_that_is_never_online_again(page: Page, server: LiveServer, ayu: Contact) -> None:
    page.goto(f"{server.url}/contacts/{ayu.pk}/")
    wait_until(page, f"{PATHS}.then(p => p.includes('/contacts/{ayu.pk}/'))")
    worker_of(page).evaluate("() => { const now = Date.now(); Date.now = () => now + 8 * 86400000; }")
    page.context.set_offline(True)
    page.goto(f"{server.url}/contacts/{ayu.pk}/")
    expect(page.locator("h1")).to_contain_text("Tidak ada koneksi")
    assert NAME not in json.dumps(kept(page))
    assert page.locator("#seen-pages a").count() == 0


@pytest.fixture
def pushing(live_server: LiveServer, workspace: Workspace, ayu: Contact) -> Iterator[tuple[Page, BrowserPush]]:
    """A phone whose browser subscribes at a push service, and this service. A context of `chromium_started` may not."""
    with playwright_started() as playwright, registering_browsers() as push, TemporaryDirectory() as folder:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=CHROMIUM, args=[*CHROMIUM_ARGS, *push.arguments], locale="id-ID",
            viewport={"width": 360, "height": 740}, ignore_default_args=["--disable-background-networking"],
            timeout=PATIENCE,
        )  # fmt: skip
        context.grant_permissions(["notifications"], origin=live_server.url)
        context.set_default_timeout(PATIENCE)
        [page] = context.pages
        yield page, push.service
        context.close()


def subscribe(page: Page, server: LiveServer, push: BrowserPush) -> Worker:
    """Turns notifications on, as a member does, and shows one."""
    before = ended(push)
    page.goto(f"{server.url}/settings/alerts/")
    page.get_by_role("button", name="Nyalakan di perangkat ini").click()
    expect(page.locator("[data-push-state=on]")).to_be_visible()
    assert ended(push) == [*before, False]
    worker = worker_of(page)
    worker.evaluate(SHOWN)
    assert worker.evaluate(LEFT) == [True, 1]
    return worker


def ended(push: BrowserPush) -> list[bool]:
    """For each registration of this site and each end of one, in order: whether it is an end."""
    forms = [form for form in push.registrations.values() if form.get("X-subtype", "").startswith("wp:")]
    return ["delete" in form for form in forms]


def until_left(page: Page, worker: Worker, push: BrowserPush, *, times: int) -> None:
    deadline = time.monotonic() + 60
    while worker.evaluate(LEFT) != [False, 0] or ended(push) != [False, True] * times:
        assert time.monotonic() < deadline, (worker.evaluate(LEFT), push.registrations)
        page.wait_for_timeout(100)


def test_notifications_of_this_phone_end_with_a_sign_out_and_for_another_person(
    live_server: LiveServer, pushing: tuple[Page, BrowserPush], workspace: Workspace, ayu: Contact
) -> None:
    """The second session of the first person ends without a sign-out: their notifications go on until the other person
    comes in."""
    page, push = pushing
    come_in(page, live_server, workspace)
    worker = subscribe(page, live_server, push)
    sign_out(page)
    until_left(page, worker, push, times=1)
    assert page.evaluate("localStorage.getItem('wb-push')") is None

    come_in(page, live_server, workspace)
    worker = subscribe(page, live_server, push)
    page.reload()
    assert worker.evaluate(LEFT) == [True, 1]
    tab = page.context.new_page()  # of the first person
    tab.goto(f"{live_server.url}/contacts/{ayu.pk}/")
    expect(tab.locator("main")).to_contain_text(NAME)
    page.context.clear_cookies(name="sessionid")
    come_in(page, live_server, in_database(lambda: make_workspace("Lain")), email="tono@lain.example")
    until_left(page, worker, push, times=2)
    expect(tab.locator("body")).not_to_contain_text(NAME)  # the page of the first person does not stay either


@contextmanager
def stopped(table: str) -> Iterator[None]:
    """Lets every request that reads the table wait until the end of the block."""
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            locked.set()
            done.wait(120)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        try:
            assert locked.wait(60)
            yield
        finally:
            done.set()
            held.result()


def waits_for_lock(page: Page) -> None:
    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            return bool(cursor.fetchone()[0])

    deadline = time.monotonic() + 60
    while not in_database(waits):
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def test_a_page_that_comes_after_the_sign_out_is_not_kept(
    live_server: LiveServer, page: Page, workspace: Workspace, ayu: Contact
) -> None:
    """The server answers a request of before the sign-out late. The page is still the member's."""
    come_in(page, live_server, workspace)
    slow = page.context.new_page()
    slow.goto(f"{live_server.url}/contacts/new/")
    slow.locator("main [name=name]").fill("Bu Tini")  # so that the sign-out in another tab does not end the page
    with stopped("contacts_identity"):
        with slow.expect_request(f"**/contacts/{ayu.pk}/"):
            slow.evaluate(f"void setTimeout(() => {{ location.href = '/contacts/{ayu.pk}/' }})")
        waits_for_lock(page)  # the server has begun the request with the session
        sign_out(page)
    slow.wait_for_load_state()
    expect(slow.locator("body")).to_contain_text(NAME)
    worker_of(page).evaluate("() => turn")  # the service worker has kept all pages then
    assert_nothing_is_kept(page)


def test_back_shows_no_page_as_it_was_left(
    live_server: LiveServer, workspace: Workspace, ayu: Contact, settings: Any
) -> None:
    """With the browser's back/forward cache, which Playwright switches off by default. At an address without https, as
    with `--lan`, browsers ignore `Clear-Site-Data`; `no-store` keeps the page out of that cache."""
    settings.ALLOWED_HOSTS = ["toko.lan"]
    url = live_server.url.replace("localhost", "toko.lan")
    session = signed_in(workspace).cookies["sessionid"].value
    with playwright_started() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, ignore_default_args=["--disable-back-forward-cache"],
            args=[*CHROMIUM_ARGS, "--host-resolver-rules=MAP toko.lan 127.0.0.1"],
        )  # fmt: skip
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="id-ID")
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        page, tab = context.new_page(), context.new_page()
        page.goto(f"{url}/contacts/")
        tab.goto(f"{url}/contacts/{ayu.pk}/edit/")
        tab.goto(f"{url}/static/ui/wabolt.css")  # hears of no sign-out
        sign_out(page)
        tab.evaluate("void setTimeout(() => history.back())")
        tab.wait_for_url("**/account/login/**")
        assert NAME not in tab.content()
        browser.close()
