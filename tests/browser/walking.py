"""Steps of an owner that several walks in a browser share. Each page fits a phone of 360 px."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.browser.installation import Installation


def fits(page: Page) -> None:
    """Assert that the page is not wider than a phone."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.url


def set_up(page: Page, site: Installation) -> None:
    page.goto(site.link)
    page.locator("[name=name]").first.fill("Sari")
    page.locator("[name=email]").fill("sari@example.com")
    for field in page.locator("[type=password]").all():
        field.fill("kain-batik-parang-77")
    shop = page.locator("[name=shop], [name=shop_name], [name=workspace]")
    if shop.count():
        shop.first.fill("Gaya Nusantara")
    fits(page)
    page.get_by_role("button", name="Buka toko").click()
    expect(page.get_by_text("Lima langkah menuju broadcast pertama")).to_be_visible()
    fits(page)


def add_number(page: Page, site: Installation) -> None:
    page.goto("/channels/new/")
    fits(page)
    page.locator("a[href$='/channels/new/simulated/']").click()
    page.locator("[name=name]").fill("Toko")
    page.locator("main form button[type=submit], main form button:not([type])").last.click()
    page.wait_for_url(re.compile(r"/channels/$"))
    # a test cannot wait for the morning or for the warm-up: change the channel's settings
    now = datetime.now(UTC).astimezone()
    quiet = [(now + timedelta(hours=hours)).astimezone(UTC).strftime("%H:00") for hours in (17, 18)]
    site.sql(
        "UPDATE channels_channel SET quiet_from = %s, quiet_until = %s, messages_per_minute = 600, warm_up = false",
        *quiet,
    )


def take_phone(page: Page, name: str, phone: str) -> None:
    """Control a customer's phone: from now on it does only what the test does."""
    page.goto("/phones/")
    page.get_by_text(name).first.click()
    page.wait_for_url(re.compile(rf"/phones/\d+/{phone}/$"))
    fits(page)
