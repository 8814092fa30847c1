"""Customers write to a shop, in a real browser at 360 px: auto-replies, from a rule and a chat form to the messages
that a customer gets, and a giveaway, from its form to its end."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import CHROMIUM, phone_at
from tests.browser.installation import Installation, running_installation
from tests.browser.test_main_way import _add_number, _fits, _set_up, _take_phone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: answers to customers were not run"),
]
AYU = "6281234567001"


@pytest.fixture(scope="module")
def shop(made_home: Path) -> Iterator[tuple[Installation, Any]]:
    """A shop with a simulated number, and the cookies of its owner."""
    with running_installation(made=made_home) as site:
        with phone_at(site.base) as page:
            _set_up(page, site)
            _add_number(page, site)
            cookies = page.context.storage_state()
        yield site, cookies


@pytest.fixture
def site(shop: tuple[Installation, Any]) -> Installation:
    return shop[0]


@pytest.fixture
def page(shop: tuple[Installation, Any]) -> Iterator[Page]:
    site, cookies = shop
    with phone_at(site.base, storage_state=cookies) as page:
        yield page


def test_an_owner_lets_the_shop_answer_and_ask(site: Installation, page: Page) -> None:
    _make_rule(page)
    _make_form(page)
    _add_customer(page)
    _take_phone(page)
    _say(page, "hrg brp kak?")
    expect(page.locator("#screen")).to_contain_text("Mulai Rp50.000")
    _say(page, "ultah")
    expect(page.locator("#screen")).to_contain_text("Kapan ulang tahun Kakak?")
    _say(page, "17 agustus 95")
    expect(page.locator("#screen")).to_contain_text("Kakak tinggal di kota mana?")
    _say(page, "bdg")
    expect(page.locator("#screen")).to_contain_text("perempuan atau laki-laki")
    _say(page, "cewek")
    expect(page.locator("#screen")).to_contain_text("Ulang tahunnya sudah kami ingat")
    assert site.sql("SELECT birth_date::text, city, gender FROM contacts_contact WHERE city <> ''") == [
        ("1995-08-17", "Bandung", "female")
    ]
    ((contact,),) = site.sql("SELECT id FROM contacts_contact WHERE city <> ''")
    page.goto(f"/contacts/{contact}/?tab=timeline")
    expect(page.locator("main")).to_contain_text("Klub ulang tahun: 17 Agustus 1995 · Bandung · Perempuan")
    page.goto(f"/contacts/{contact}/?tab=conversation")
    expect(page.locator("main")).to_contain_text("Dijawab otomatis")
    page.get_by_role("button", name="Ambil alih").click()
    expect(page.get_by_role("button", name="Kembalikan ke otomatis")).to_be_visible()
    _fits(page)


def _make_rule(page: Page) -> None:
    page.goto("/auto-replies/")
    _fits(page)
    page.get_by_role("link", name=re.compile("^Harga")).click()
    page.locator(".bc-editor").fill("Mulai Rp50.000, Kak")
    _fits(page)
    page.get_by_role("button", name="Beri label").click()
    page.locator("[name=then-0-tag]").fill("Tanya harga")
    _fits(page)
    page.get_by_role("button", name="Simpan").last.click()
    page.wait_for_url("**/auto-replies/try/")
    page.locator("[name=text]").fill("hrg dong")
    page.get_by_role("button", name="Coba").click()
    expect(page.locator("main")).to_contain_text("Mulai Rp50.000")
    _fits(page)


def _make_form(page: Page) -> None:
    page.goto("/auto-replies/forms/")
    _fits(page)
    page.get_by_role("link", name=re.compile("Klub ulang tahun")).click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("Kapan ulang tahun Kakak?")
    page.locator(".bc-editor").first.fill("Halo Kak, gabung klub yuk")
    expect(preview).to_contain_text("gabung klub yuk")
    _fits(page)
    page.get_by_role("button", name="Simpan").last.click()
    page.wait_for_url(re.compile(r"/auto-replies/forms/\d+/$"))
    page.locator("#said").fill("17 agustus 95")
    page.get_by_role("button", name="Kirim").click()
    expect(page.locator("#try")).to_contain_text("Kakak tinggal di kota mana?")
    _fits(page)
    page.get_by_role("link", name="Mulai dengan kata").click()
    page.locator("[name=phrases]").fill("ultah")
    page.get_by_role("button", name="Simpan").last.click()
    page.wait_for_url("**/auto-replies/try/")


def _add_customer(page: Page) -> None:
    page.goto("/contacts/new/")
    page.locator("[name=name]").fill("Ayu Lestari")
    page.locator("[name=phone]").fill(f"+{AYU}")
    page.get_by_role("button", name="Simpan").last.click()
    page.wait_for_url(re.compile(r"/contacts/\d+/"))


def _say(page: Page, text: str) -> None:
    page.locator("#compose [name=text]").fill(text)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("#compose button").click()
    expect(page.locator("#compose [name=text]")).to_have_value("")


def test_a_giveaway_on_a_phone(site: Installation, page: Page) -> None:
    consents = site.sql("SELECT count(*) FROM consent_consent")
    _make_giveaway(page)
    _customer_writes(page, "Halo kak, batik ya")
    _customer_writes(page, "BATIK")
    assert site.sql("SELECT count(*) FROM commerce_voucher WHERE origin_kind = 'giveaway'") == [(2,)]
    assert site.sql("SELECT count(*) FROM consent_consent") == consents
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


def _make_giveaway(page: Page) -> None:
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
