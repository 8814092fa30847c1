"""What keeps a page from people who cannot see, point or hear well, as far as a program can tell.

Names of controls, labels, headings, contrast (WCAG 2.2 AA), size of what is touched, ids that stand twice.
"""

from pathlib import Path

from playwright.sync_api import Page

FAULTS = (Path(__file__).parent / "access.js").read_text(encoding="utf-8")


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands in the browser now; scripts of the page's policy do not matter here."""
    found: list[str] = page.evaluate(FAULTS)
    return found


def focus_order(page: Page, steps: int = 200) -> list[tuple[float, float, str]]:
    """Where the Tab key leads from the top of the page: (top, left, what) until it comes round."""
    page.evaluate("document.activeElement && document.activeElement.blur(); window.scrollTo(0, 0)")
    order: list[tuple[float, float, str]] = []
    for _step in range(steps):
        page.keyboard.press("Tab")
        spot = page.evaluate(
            "() => { const el = document.activeElement; if (!el || el === document.body) return null;"
            " const box = el.getBoundingClientRect();"
            " return [box.top + scrollY, box.left, el.outerHTML.slice(0, 90)]; }"
        )
        if spot is None or (order and tuple(spot) == order[0]):
            break
        order.append((spot[0], spot[1], spot[2]))
    return order
