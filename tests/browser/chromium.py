"""One Chromium for all browser tests of a process: a start takes more than a second of processor time.

Each test has contexts of its own. Contexts share no cookies, caches, service workers or storage.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), "")
HEADLESS_SHELL = next((path for path in ("/usr/bin/chromium-headless-shell", CHROMIUM) if Path(path).exists()), "")
"""Chromium without the browser around the page: a context costs a third of the processor time. It has no notifications
and no push. Without it, Chromium itself."""
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


class _Kept:
    playwright: Playwright | None = None
    loop: asyncio.AbstractEventLoop | None = None
    browser: Browser | None = None


@contextmanager
def playwright_started() -> Iterator[Playwright]:
    """Playwright with its driver, for tests that start a browser of their own.

    Its event loop counts as running in this thread inside the block only. There Django refuses the database: tests read
    what they need before.
    """
    if _Kept.playwright is None:
        _Kept.playwright = sync_playwright().start()
        _Kept.loop = asyncio.get_running_loop()
    asyncio._set_running_loop(_Kept.loop)
    try:
        yield _Kept.playwright
    finally:
        asyncio._set_running_loop(None)


@contextmanager
def chromium_started() -> Iterator[Browser]:
    """The headless shell without a context. The contexts that the block opens are closed at its end."""
    with playwright_started() as playwright:
        if _Kept.browser is None or not _Kept.browser.is_connected():
            _Kept.browser = playwright.chromium.launch(executable_path=HEADLESS_SHELL, args=CHROMIUM_ARGS)
        try:
            yield _Kept.browser
        finally:
            if _Kept.browser.is_connected():
                for context in _Kept.browser.contexts:
                    context.close()


def end() -> None:
    """Ends Chromium and the driver, if a test started them."""
    if _Kept.playwright is not None:
        with playwright_started() as playwright:
            if _Kept.browser is not None:
                _Kept.browser.close()
            playwright.stop()
        _Kept.playwright = _Kept.browser = None
