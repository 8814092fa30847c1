"""One Chromium for the browser tests of a process: a start takes more than a second of processor time.

Each test has contexts of its own. Contexts share no cookies, caches, service workers or storage.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Response, expect, sync_playwright

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), "")
HEADLESS_SHELL = next((path for path in ("/usr/bin/chromium-headless-shell", CHROMIUM) if Path(path).exists()), "")
"""Chromium without the browser around the page: a context costs a third of the processor time. It has no notifications
and no push. Without it, Chromium itself."""
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 120_000
"""Limit of each wait in milliseconds: a busy machine is slow, not wrong."""
REPLACED = ("htmx:afterRequest", "htmx:sendAbort")
"""Messages of htmx when a page replaces its own request (`hx-sync`). A request that failed has other words, too."""


class _Kept:
    playwright: Playwright | None = None
    loop: asyncio.AbstractEventLoop | None = None
    browsers: dict[tuple[str, ...], Browser] = {}


@contextmanager
def playwright_started() -> Iterator[Playwright]:
    """Playwright with its driver, for tests that start a browser of their own.

    Its event loop counts as running in this thread inside the block only. There Django refuses the database: tests read
    what they need before.
    """
    outer = asyncio._get_running_loop()
    if _Kept.playwright is None:
        _Kept.playwright = sync_playwright().start()
        expect.set_options(timeout=PATIENCE)
        _Kept.loop = asyncio.get_running_loop()
    asyncio._set_running_loop(_Kept.loop)
    try:
        yield _Kept.playwright
    finally:
        asyncio._set_running_loop(outer)


@contextmanager
def chromium_started(*arguments: str) -> Iterator[Browser]:
    """The headless shell without a context, with these further arguments. The contexts that the block opens are closed
    at its end."""
    with playwright_started() as playwright:
        browser = _Kept.browsers.get(arguments)
        if browser is None or not browser.is_connected():
            browser = _Kept.browsers[arguments] = _launch(playwright, *arguments)
        try:
            yield browser
        finally:
            if browser.is_connected():
                for context in browser.contexts:
                    context.close()


@contextmanager
def launched(*arguments: str, program: str = HEADLESS_SHELL) -> Iterator[Browser]:
    """A browser that no other test uses, with these further arguments."""
    with playwright_started() as playwright:
        browser = _launch(playwright, *arguments, program=program)
        try:
            yield browser
        finally:
            browser.close()


def _launch(playwright: Playwright, *arguments: str, program: str = HEADLESS_SHELL) -> Browser:
    browser = playwright.chromium.launch(executable_path=program, args=[*CHROMIUM_ARGS, *arguments], timeout=PATIENCE)
    browser.on("context", lambda context: context.set_default_timeout(PATIENCE))
    return browser


def problems_of(page: Page) -> list[str]:
    """Returns a list that grows with each error in the console and each answer of 500 or more. Not in it: a page that
    was opened and has a status of 4xx itself."""
    problems: list[str] = []
    refused: set[str] = set()

    def answered(answer: Response) -> None:
        if answer.status >= 500:
            problems.append(answer.url)
        elif answer.status >= 400 and answer.request.is_navigation_request():
            refused.add(answer.url)

    def told(message: ConsoleMessage) -> None:
        is_status = message.text.startswith("Failed to load resource") and message.location["url"] in refused
        if message.type == "error" and message.text not in REPLACED and not is_status:
            problems.append(f"{message.text} {message.location['url']}")

    page.on("response", answered)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", told)
    return problems


@contextmanager
def phone_at(base: str, *, has_notifications: bool = False, **options: Any) -> Iterator[Page]:
    """A page of 360 px at `base`. It fails at the end for what `problems_of` finds. `options`: more of its context."""
    with launched(program=CHROMIUM) if has_notifications else chromium_started() as browser:
        view = {"width": 360, "height": 740}
        context = browser.new_context(viewport=view, locale="id-ID", base_url=base, **options)  # type: ignore[arg-type]
        page = context.new_page()
        problems = problems_of(page)
        yield page
        context.cookies()  # the events until now arrive before this answer
        # The end of the context breaks off requests of the page and its service worker. That is no fault of the page.
        assert not problems


def end() -> None:
    """Ends Chromium and the driver, if a test started them."""
    if _Kept.playwright is not None:
        with playwright_started() as playwright:
            for browser in _Kept.browsers.values():
                browser.close()
            playwright.stop()
        _Kept.playwright = None
        _Kept.browsers.clear()
