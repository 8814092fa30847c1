"""A giveaway in a real browser at 360 px: made in one form, simulated customers write the word, and it is closed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import CHROMIUM, phone_at
from tests.browser.installation import Installation, running_installation
from tests.browser.test_main_way import _add_number, _fits, _set_up

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the giveaway in the browser was not run"),
]


@pytest.fixture(scope="module")
def site(made_home: Path) -> Iterator[Installation]:
    with running_installation(made=made_home) as started:
        yield started


@pytest.fixture
def page(site: Installation) -> Iterator[Page]:
    with phone_at(site.base) as page:
        yield page


def test_a_giveaway_on_a_phone(site: Installation, page: Page) -> None:
    _set_up(page, site)
    _add_number(page, site)
    _make(page)
    _customer_writes(page, "Halo kak, batik ya")
    _customer_writes(page, "BATIK")
    assert site.sql("SELECT count(*) FROM commerce_voucher WHERE origin_kind = 'giveaway'") == [(2,)]
    assert site.sql("SELECT count(*) FROM consent_consent") == [(0,)]
    page.goto("/ways-in/")
    page.get_by_role("link", name=re.compile("Ultah Batik")).click()
    expect(page.locator(".wb-stats")).to_contain_text("2")
    _fits(page)
    page.get_by_role("button", name="Tutup").click()
    expect(page.locator("main")).to_contain_text("Selesai")
    rules = page.locator("a", has_text="/m/").first.get_attribute("href")
    assert rules is not None
    page.goto(rules)
    expect(page.locator("main")).to_contain_text("tidak ditemukan")
    _fits(page)


def _make(page: Page) -> None:
    page.goto("/ways-in/new/")
    page.get_by_role("link", name=re.compile("Bagi-bagi hadiah")).click()
    expect(page.get_by_label("Nomor izin Kakak")).to_be_hidden()
    page.get_by_label(re.compile("Undian")).check()
    expect(page.locator("main")).to_contain_text("Permensos 4/2021")
    _fits(page)
    page.get_by_label("Semua yang chat dapat").check()
    page.get_by_label("Nama", exact=True).fill("Ultah Batik")
    page.get_by_label("Dapat apa?").fill("Diskon 10% untuk semua")
    page.get_by_label("Mereka kirim kata apa?").fill("STOP")
    page.get_by_label("Voucher, berapa persen").fill("10")
    page.get_by_role("button", name="Simpan").click()
    expect(page.locator("main")).to_contain_text("Ini kata berhenti")
    _fits(page)
    page.get_by_label("Mereka kirim kata apa?").fill("batik")
    expect(page.locator("#preview")).to_contain_text("BATIK")
    expect(page.locator("#preview")).to_contain_text("10%")
    page.get_by_role("button", name="Simpan").click()
    page.wait_for_url(re.compile(r"/ways-in/giveaway/\d+/$"))
    _fits(page)


def _customer_writes(page: Page, text: str) -> None:
    """A new simulated customer writes, and sees the reward and the question about promotions."""
    page.goto("/phones/")
    page.locator("[name=fresh]").click()
    page.wait_for_url("**/phones/*/*/")
    page.locator("#compose [name=text]").fill(text)
    page.locator("#compose button").click()
    expect(page.locator("#screen")).to_contain_text("Balas YA")
    expect(page.locator("#screen")).to_contain_text("Voucher")
