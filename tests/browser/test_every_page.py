"""Every page on small screens, with long names and big numbers, fits its screen."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIServer

import pytest
from playwright.sync_api import Frame
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import CHROMIUM, chromium_started
from tests.browser.test_access import window
from tests.guards.pages import Shown, furnished, pages
from wabolt.accounts.tests.factories import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
WIDTHS = (320, 360, 390)
ENLARGE = """() => {
  for (const element of document.querySelectorAll(".wb-num, .wb-cell-num, .wb-stat-value, .wb-receipt-main b")) {
    if (!element.children.length && /^\\d/.test(element.textContent.trim())) element.textContent = "88.888.888";
    if (!element.children.length && /^Rp/.test(element.textContent.trim())) element.textContent = "Rp88.888.888.888";
  }
  for (const fold of document.querySelectorAll("details:not(.wb-menu)")) fold.open = true;
}"""
"""Replaces counts by those of a shop a thousand times as big, and opens folded parts."""
WIDEST = """() => {
  const screen = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= screen) return "";
  const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > screen + 1);
  const inner = wide.filter((e) => !wide.some((other) => other !== e && e.contains(other))).reverse();
  const named = inner.length ? inner : [...document.querySelectorAll("main *")].filter((e) => e.scrollWidth > screen);
  const words = named.slice(0, 2).map((element) => element.outerHTML.slice(0, 160));
  return document.documentElement.scrollWidth + ": " + words.join(" | ");
}"""
"""Returns the innermost elements that are too wide, for the report; empty if the page fits."""


FRAME = "/frame/"
"""The page around the others. It sets the width of a page without a load, and without drawing what is in between."""
FRAMED = """<!doctype html><html lang="id"><title>360 px</title>
<iframe name="phone" width="320" height="740" frameborder="0"></iframe>"""
AT_EVERY_WIDTH = f"""(widths) => {{
  ({ENLARGE})();
  return widths.map((width) => {{
    window.frameElement.width = width;
    return document.documentElement.clientWidth === width ? ({WIDEST})() : "the page is not so wide";
  }});
}}"""


def too_wide(frame: Frame) -> dict[int, str]:
    """Returns {width: elements that are too wide} for every width."""
    found = frame.evaluate(AT_EVERY_WIDTH, WIDTHS)
    return {width: wide for width, wide in zip(WIDTHS, found, strict=True) if wide}


@contextmanager
def served_again(live_server: LiveServer, rendered: list[Shown]) -> Iterator[None]:
    """The server answers with the pages that were rendered, and does not render them a second time. What the pages
    themselves request is answered as usual."""
    server: WSGIServer = live_server.thread.httpd
    usual = server.get_app()
    assert usual is not None
    kept = {shown.address: shown.html.encode() for shown in rendered} | {FRAME: FRAMED.encode()}

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        address = "?".join(filter(None, (environ["PATH_INFO"], environ["QUERY_STRING"])))
        if "HTTP_HX_REQUEST" in environ or address not in kept:
            return usual(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [kept[address]]

    server.set_app(application)
    try:
        yield
    finally:
        server.set_app(usual)


@pytest.mark.django_db(transaction=True)
def test_no_page_is_wider_than_its_screen(live_server: LiveServer) -> None:
    workspace = furnished()
    client = signed_in(workspace)
    rendered = pages(client, workspace, refused=False)
    assert len(rendered) > 50
    found = {}
    with served_again(live_server, rendered), chromium_started() as browser:
        page = window(browser, live_server, client, width=400, scheme="light")
        page.goto(FRAME)
        frame = page.frame("phone")
        assert frame
        for shown in rendered:
            frame.goto(shown.address)
            if wide := too_wide(frame):
                found[shown.name] = wide
    assert not found, "\n".join(f"{name}: {wide}" for name, wide in found.items())
