"""The installed app in a real Chromium: pages without a connection, and no data of a member after the session."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started, problems_of
from wabolt.accounts.models import User, Workspace
from wabolt.accounts.tests.factories import make_member, make_workspace
from wabolt.channels.tests.factories import make_channel
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib import clock
from wabolt.messaging.models import Conversation
from wabolt.ui import installable

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
T = TypeVar("T")
NAME = "Ayu Rahasia"
KEPT = """async () => {
  const caches_ = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    caches_[name] = [];
    for (const request of await cache.keys()) {
      const answer = await cache.match(request);
      caches_[name].push([request.url, await answer.text()]);
    }
  }
  const databases = (await indexedDB.databases()).map(one => one.name);
  return {caches: caches_, databases, local: {...localStorage}};
}"""

PATHS = "caches.open('wabolt-seen').then(c => c.keys()).then(k => k.map(r => new URL(r.url).pathname))"


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    return make_workspace()


@pytest.fixture
def ayu(workspace: Workspace) -> Contact:
    contact = make_contact(workspace, NAME, "+6281210000001")
    now = clock.now()
    Conversation.objects.create(
        workspace=workspace, channel=make_channel(workspace), contact=contact, last_message_at=now,
        last_inbound_at=now, last_text="Halo kak", unread=2,
    )  # fmt: skip
    return contact


def in_database(work: Callable[[], T]) -> T:
    """Runs `work` in a thread of its own: Django refuses the database in the thread of a running Playwright."""

    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.fixture
def page(live_server: LiveServer, workspace: Workspace, ayu: Contact) -> Iterator[Page]:
    with chromium_started() as browser:
        context = browser.new_context(viewport={"width": 360, "height": 740}, locale="id-ID")
        page = context.new_page()
        yield page
        context.close()


def come_in(page: Page, server: LiveServer, workspace: Workspace, email: str = "sri@toko.example") -> None:
    """Gives the browser a new session of the member, who is created if missing, and waits until the service worker
    controls the page."""

    def session() -> str:
        client = Client()
        client.force_login(User.objects.filter(email=email).first() or make_member(workspace, email=email))
        return client.cookies["sessionid"].value

    page.context.add_cookies([{"name": "sessionid", "value": in_database(session), "url": server.url}])
    page.goto(f"{server.url}/contacts/")
    page.evaluate("navigator.serviceWorker.ready")
    wait_until(page, "navigator.serviceWorker.controller !== null")


def wait_until(page: Page, condition: str) -> None:
    """Waits until the JavaScript expression, or the promise that it gives, is true."""
    expires = time.monotonic() + 60
    while not page.evaluate(condition):
        assert time.monotonic() < expires, condition
        page.wait_for_timeout(100)


def kept(page: Page) -> dict[str, Any]:
    return dict(page.evaluate(KEPT))


def see(page: Page, server: LiveServer, ayu: Contact) -> None:
    """Visits the inbox and a contact with the worker in control, and types without saving."""
    page.goto(f"{server.url}/inbox/")
    page.goto(f"{server.url}/contacts/{ayu.pk}/")
    wait_until(page, f"{PATHS}.then(p => ['/inbox/', '/contacts/{ayu.pk}/'].every(path => p.includes(path)))")
    page.goto(f"{server.url}/contacts/new/")
    page.locator("main [name=name]").fill("Bu Tini Rahasia")
    everything = json.dumps(kept(page))
    assert NAME in everything
    assert "Bu Tini Rahasia" in everything


def assert_nothing_is_kept(page: Page) -> None:
    wait_until(page, "caches.has('wabolt-seen').then(has => !has)")
    assert_nothing_private_is_kept(page)


def assert_nothing_private_is_kept(page: Page) -> None:
    wait_until(page, "!Object.keys(localStorage).some(key => key.startsWith('wb-draft:'))")
    found = kept(page)
    everything = json.dumps(found)
    for private in (NAME, "6281210000001", "Rahasia", "sri@toko.example"):
        assert private not in everything
    assert found["databases"] == []


def test_a_phone_keeps_the_last_pages_for_their_member_only(
    live_server: LiveServer, page: Page, workspace: Workspace, ayu: Contact
) -> None:
    """Until the member signs out, the session ends elsewhere, or another member comes in."""
    come_in(page, live_server, workspace)
    see(page, live_server, ayu)
    _read_without_a_connection(page, live_server, ayu)
    _sign_out(page)
    assert_nothing_is_kept(page)
    page.context.set_offline(True)
    page.goto(f"{live_server.url}/contacts/{ayu.pk}/")
    assert NAME not in page.content()
    page.goto("about:blank")
    page.context.set_offline(False)

    come_in(page, live_server, workspace)
    see(page, live_server, ayu)
    page.goto(f"{live_server.url}/contacts/{ayu.pk}/?tab=conversation")
    page.locator("#conversation textarea").fill("Bu Tini Rahasia")
    in_database(Session.objects.all().delete)
    expect(page.locator("#signed-out")).to_be_visible()  # the open page hears of it by its next request
    expect(page.locator("#conversation textarea")).to_have_value("Bu Tini Rahasia")
    assert_nothing_is_kept(page)

    come_in(page, live_server, workspace)
    see(page, live_server, ayu)
    in_database(Session.objects.all().delete)
    page.goto(f"{live_server.url}/inbox/")
    page.wait_for_url("**/account/login/**")
    assert_nothing_is_kept(page)

    come_in(page, live_server, workspace)
    see(page, live_server, ayu)
    page.context.clear_cookies(name="sessionid")
    come_in(page, live_server, in_database(lambda: make_workspace("Lain")), email="tono@lain.example")
    # The phone may keep the list of the second member by now, and nothing else.
    wait_until(page, f"{PATHS}.then(p => p.every(path => path === '/contacts/'))")
    assert_nothing_private_is_kept(page)


def _read_without_a_connection(page: Page, server: LiveServer, ayu: Contact) -> None:
    page.context.set_offline(True)
    page.goto(f"{server.url}/contacts/{ayu.pk}/")
    expect(page.locator("#seen")).to_be_visible()
    expect(page.locator("#seen [data-seen-time]")).not_to_be_empty()
    expect(page.locator("main")).to_contain_text(NAME)
    assert page.locator("main form :is(input, button, textarea, select):enabled").count() == 0
    page.goto(f"{server.url}/broadcasts/")
    expect(page.locator("h1")).to_contain_text("Tidak ada koneksi")
    expect(page.locator("#seen-pages a")).to_have_count(2)
    page.locator("#seen-pages a", has_text=NAME).click()
    expect(page.locator("#seen")).to_be_visible()
    with page.expect_navigation():  # the page loads itself again
        page.context.set_offline(False)
    page.goto(f"{server.url}/inbox/")
    expect(page.locator("#seen")).to_be_hidden()
    in_database(lambda: Contact.objects.filter(pk=ayu.pk).update(name=f"{NAME} Baru"))
    page.goto(f"{server.url}/contacts/{ayu.pk}/")
    expect(page.locator("main")).to_contain_text(f"{NAME} Baru")  # online a kept page is never shown


def _sign_out(page: Page) -> None:
    page.locator("details.wb-user summary").click()
    with page.expect_response("**/account/logout/") as answer:
        page.locator("form[data-sign-out] button").click()
    page.wait_for_url("**/account/login/**")
    assert answer.value.all_headers()["clear-site-data"] == '"cache"'


def test_pages_of_a_member_are_not_in_the_browser_cache(workspace: Workspace, ayu: Contact) -> None:
    client = Client()
    client.force_login(make_member(workspace))
    for path in ("/", "/inbox/", f"/contacts/{ayu.pk}/", "/contacts/?q=Ayu"):
        for headers in ({}, {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "conversations"}):
            answer = client.get(path, **headers, follow=True)  # type: ignore[arg-type]
            assert answer["Cache-Control"] == "private, no-store", path
            assert answer["X-WABolt-Member"].endswith(f"-{workspace.pk}")
            assert answer.has_header("ETag") == bool(headers)
    assert Client().get("/account/login/")["X-WABolt-Member"] == "none"


def test_a_new_release_replaces_the_static_files_and_the_switch_removes_the_worker(
    live_server: LiveServer, page: Page, workspace: Workspace, ayu: Contact, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    come_in(page, live_server, workspace)
    see(page, live_server, ayu)
    before = installable.release()
    assert f"wabolt-static-{before}" in kept(page)["caches"]
    monkeypatch.setattr(installable, "PRECACHED", (*installable.PRECACHED, "ui/icon-96.png"))
    installable.release.cache_clear()
    after = installable.release()
    page.evaluate("navigator.serviceWorker.getRegistration().then(one => one.update())")
    wait_until(page, f"caches.has('wabolt-static-{before}').then(has => !has)")
    wait_until(page, f"caches.has('wabolt-static-{after}')")
    assert set(kept(page)["caches"]) == {f"wabolt-static-{after}", "wabolt-seen"}
    settings.OFFLINE_PAGES = False
    page.evaluate("navigator.serviceWorker.getRegistration().then(one => one.update())")
    wait_until(page, "navigator.serviceWorker.getRegistrations().then(all => all.length === 0)")
    assert kept(page)["caches"] == {}
    monkeypatch.undo()
    installable.release.cache_clear()


def test_installing_is_offered_after_the_first_success_and_never_again_after_no(
    live_server: LiveServer, page: Page, workspace: Workspace
) -> None:
    come_in(page, live_server, workspace)
    offer = """() => { const event = new Event('beforeinstallprompt', {cancelable: true});
        event.prompt = () => {}; event.userChoice = Promise.resolve({outcome: 'dismissed'});
        window.dispatchEvent(event); return event.defaultPrevented; }"""
    assert page.evaluate(offer)
    expect(page.locator("#install")).to_be_hidden()
    page.goto(f"{live_server.url}/contacts/new/")
    page.locator("main [name=name]").fill("Bu Tini")
    page.locator("main [name=phone]").fill("081210000002")
    page.locator("main form [type=submit]").first.click()
    page.wait_for_selector(".wb-toast-success")
    page.evaluate(offer)
    expect(page.locator("#install")).to_be_visible()
    page.locator("#install").scroll_into_view_if_needed()
    assert page.locator("#install").evaluate("card => card.offsetHeight / innerHeight") < 0.2
    assert page.locator("#install").evaluate("card => getComputedStyle(card).position") == "static"
    page.locator("[data-install-later]").click()
    expect(page.locator("#install")).to_be_hidden()
    page.goto(f"{live_server.url}/contacts/")
    page.evaluate(offer)
    expect(page.locator("#install")).to_be_hidden()
    page.evaluate("localStorage.setItem('wb-install', 'later:' + (Date.now() - 8 * 86400000))")
    page.evaluate(offer)
    expect(page.locator("#install")).to_be_visible()
    page.locator("[data-install-never]").click()
    page.goto(f"{live_server.url}/contacts/")
    page.evaluate(offer)
    expect(page.locator("#install")).to_be_hidden()


def test_unchanged_fragments_get_304_and_static_files_arrive_although_the_storage_is_full(
    live_server: LiveServer, page: Page, workspace: Workspace, ayu: Contact
) -> None:
    come_in(page, live_server, workspace)
    page.goto(f"{live_server.url}/contacts/{ayu.pk}/?tab=conversation")
    with page.expect_response(lambda answer: answer.status == 304):
        pass
    page.goto(f"{live_server.url}/inbox/")
    with page.expect_response(lambda answer: answer.status == 304):
        pass
    in_database(lambda: Contact.objects.filter(pk=ayu.pk).update(name="Ayu Baru"))
    expect(page.locator("main")).to_contain_text("Ayu Baru")
    [worker] = page.context.service_workers
    worker.evaluate("() => { Cache.prototype.put = () => Promise.reject(new Error('full')); }")
    page.evaluate(
        "caches.keys().then(names => Promise.all(names.map(async name => (await caches.open(name)).keys()"
        ".then(async all => { for (const one of all) { await (await caches.open(name)).delete(one); } }))))"
    )
    problems = problems_of(page)
    page.goto(f"{live_server.url}/contacts/new/")
    assert page.evaluate("window.wabolt !== undefined")
    assert not problems
