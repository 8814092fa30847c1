"""Accessibility faults that a program can find: missing names, labels and headings, contrast (WCAG 2.2 AA), small touch
targets and duplicate ids."""

from pathlib import Path

from playwright.sync_api import Page

FAULTS = (Path(__file__).parent / "access.js").read_text(encoding="utf-8")


def faults(page: Page) -> list[str]:
    """Returns the faults of the page as it is now; its content security policy does not apply to this script."""
    found: list[str] = page.evaluate(FAULTS)
    return found


def focus_order(page: Page, steps: int = 200) -> list[tuple[float, float, str]]:
    """Returns the focus order from the top of the page as (top, left, element) until it starts again."""
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
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
    page.evaluate("document.activeElement.blur()")
    return order
