"""Accessibility of the main pages in a real browser: names, contrast and focus order."""

import re
from itertools import pairwise
from typing import Literal

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.access import faults, focus_order
from tests.browser.chromium import CHROMIUM, chromium_started
from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.broadcasts import services
from wabolt.broadcasts.tests.factories import make_agreeing, make_broadcast
from wabolt.messaging.models import Message

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


@pytest.fixture
def workspace(transactional_db: None) -> Workspace:
    """A shop with contacts, a draft, and a broadcast with a message of unknown result."""
    workspace = make_workspace()
    make_agreeing(workspace, 3)
    broadcast = make_broadcast(workspace)
    services.start(broadcast=broadcast)
    services.freeze(broadcast_id=broadcast.pk)
    Message.objects.filter(origin_id=broadcast.pk).update(state="unknown", reason="ambiguous")
    make_broadcast(workspace, name="Promo akhir pekan")
    return workspace


def window(browser: Browser, server: LiveServer, client: Client, *, width: int, scheme: str) -> Page:
    """Open a page that is signed in like `client`."""
    context = browser.new_context(
        base_url=server.url, viewport={"width": width, "height": 800}, locale="id-ID", service_workers="block",
        color_scheme="dark" if scheme == "dark" else "light",
    )  # fmt: skip
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    return context.new_page()


def look(page: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    """Turns the loaded page into one of a device with this width and colour scheme. Colours change at once."""
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", scheme)


LEFT = """() => {
  const main = document.querySelector("main.wb-main");
  return main ? main.getBoundingClientRect().left : null;
}"""
"""The left edge of a page; null for a page of a process, which is in the middle of the screen."""


def test_pages_can_be_read_and_reached(live_server: LiveServer, workspace: Workspace) -> None:
    """On a desk, narrow and wide pages begin at the same left edge. The tab key reaches the skip link first, then the
    page in reading order: the focus never moves up by more than a row."""
    client = signed_in(workspace)
    links = re.findall(r'href="(/broadcasts/\d+/)"', client.get("/broadcasts/").content.decode())
    person = re.search(r'href="(/contacts/\d+/)"', client.get("/contacts/").content.decode())
    assert person
    addresses = [
        "/", "/more/", "/contacts/", person[1], "/contacts/new/", "/imports/new/", "/segments/",
        "/segments/new/", "/broadcasts/", "/broadcasts/new/", *links, f"{links[-1]}doubts/", f"{links[-1]}people/",
        "/channels/", "/channels/new/", "/settings/", "/settings/team/", "/settings/audit/", "/settings/api-keys/",
        "/profile/", "/account/2fa/", "/account/password/change/",
    ]  # fmt: skip
    found, edges, orders = {}, dict[str, float](), {}
    looks: list[tuple[int, Literal["light", "dark"]]] = [(360, "light"), (1280, "dark")]
    with chromium_started() as browser:
        page = window(browser, live_server, client, width=360, scheme="light")
        for address in addresses:  # a page is loaded with the last look of the page before, and then gets the other one
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            for width, scheme in looks:
                look(page, width, scheme)
                if wrong := faults(page):
                    found[address, width, scheme] = wrong
                if width == 1280 and (left := page.evaluate(LEFT)) is not None:
                    edges[address] = left
                if width == 360 and address in {"/contacts/new/", "/broadcasts/new/"}:
                    orders[address] = focus_order(page)
            looks.reverse()
    assert not found
    assert len(edges) > 15
    assert len({*edges.values()}) == 1, edges
    assert len(orders) == 2
    for address, order in orders.items():
        assert "wb-skip" in order[0][2]
        inside = [(top, what) for top, _left, what in order if "form-" in what or "btn" in what]
        assert len(inside) > 3
        assert not [pair for pair in pairwise(inside) if pair[1][0] < pair[0][0] - 120], address
