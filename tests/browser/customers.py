"""The part of the main way in which customers write: auto-replies, from a rule and a chat form to the messages that a
customer gets, and a giveaway, from its form to its end."""

import re

from playwright.sync_api import Page, expect

from tests.browser.installation import Installation
from tests.browser.walking import fits, take_phone

NAME, RANI = "Rani Wijaya", "6281234567011"


def write_to_the_shop(page: Page, site: Installation) -> None:
    _make_rule(page)
    _make_form(page)
    _add_customer(page)
    take_phone(page, NAME, RANI)
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
    ((contact, *told),) = site.sql(
        "SELECT id, birth_date::text, city, gender FROM contacts_contact WHERE name = %s", NAME
    )
    assert told == ["1995-08-17", "Bandung", "female"]
    page.goto(f"/contacts/{contact}/?tab=timeline")
    expect(page.locator("main")).to_contain_text("Klub ulang tahun: 17 Agustus 1995 · Bandung · Perempuan")
    page.goto(f"/contacts/{contact}/?tab=conversation")
    expect(page.locator("main")).to_contain_text("Dijawab otomatis")
    page.get_by_role("button", name="Ambil alih").click()
    expect(page.get_by_role("button", name="Kembalikan ke otomatis")).to_be_visible()
    fits(page)


def _make_rule(page: Page) -> None:
    page.goto("/auto-replies/")
    fits(page)
    page.get_by_role("link", name=re.compile("^Harga")).click()
    page.locator(".bc-editor").fill("Mulai Rp50.000, Kak")
    fits(page)
    page.get_by_role("button", name="Beri label").click()
    page.locator("[name=then-0-tag]").fill("Tanya harga")
    fits(page)
    page.get_by_role("button", name="Simpan").last.click()
    page.wait_for_url("**/auto-replies/try/")
    page.locator("[name=text]").fill("hrg dong")
    page.get_by_role("button", name="Coba").click()
    expect(page.locator("main")).to_contain_text("Mulai Rp50.000")
    fits(page)


def _make_form(page: Page) -> None:
    page.goto("/auto-replies/forms/")
    fits(page)
    page.get_by_role("link", name=re.compile("Klub ulang tahun")).click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("Kapan ulang tahun Kakak?")
    page.locator(".bc-editor").first.fill("Halo Kak, gabung klub yuk")
    expect(preview).to_contain_text("gabung klub yuk")
    fits(page)
    page.get_by_role("button", name="Simpan").last.click()
    page.wait_for_url(re.compile(r"/auto-replies/forms/\d+/$"))
    page.locator("#said").fill("17 agustus 95")
    page.get_by_role("button", name="Kirim").click()
    expect(page.locator("#try")).to_contain_text("Kakak tinggal di kota mana?")
    fits(page)
    page.get_by_role("link", name="Mulai dengan kata").click()
    page.locator("[name=phrases]").fill("ultah")
    page.get_by_role("button", name="Simpan").last.click()
    page.wait_for_url("**/auto-replies/try/")


def _add_customer(page: Page) -> None:
    page.goto("/contacts/new/")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=phone]").fill(f"+{RANI}")
    page.get_by_role("button", name="Simpan").last.click()
    page.wait_for_url(re.compile(r"/contacts/\d+/"))


def _say(page: Page, text: str) -> None:
    page.locator("#compose [name=text]").fill(text)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("#compose button").click()
    expect(page.locator("#compose [name=text]")).to_have_value("")


def run_a_giveaway(page: Page, site: Installation) -> None:
    consents = site.sql("SELECT count(*) FROM consent_consent")
    _make_giveaway(page)
    _customer_writes(page, "Halo kak, batik ya")
    _customer_writes(page, "BATIK")
    assert site.sql("SELECT count(*) FROM commerce_voucher WHERE origin_kind = 'giveaway'") == [(2,)]
    assert site.sql("SELECT count(*) FROM consent_consent") == consents
    page.goto("/ways-in/")
    page.get_by_role("link", name=re.compile("Ultah Batik")).click()
    expect(page.locator(".wb-stats")).to_contain_text("2")
    fits(page)
    page.get_by_role("button", name="Tutup").click()
    expect(page.locator("main")).to_contain_text("Selesai")
    rules = page.locator("a", has_text="/m/").first.get_attribute("href")
    assert rules is not None
    page.goto(rules)
    expect(page.locator("main")).to_contain_text("tidak ditemukan")
    fits(page)


def _make_giveaway(page: Page) -> None:
    page.goto("/ways-in/new/")
    page.get_by_role("link", name=re.compile("Bagi-bagi hadiah")).click()
    expect(page.get_by_label("Nomor izin Kakak")).to_be_hidden()
    page.get_by_label(re.compile("Undian")).check()
    expect(page.locator("main")).to_contain_text("Permensos 4/2021")
    fits(page)
    page.get_by_label("Semua yang chat dapat").check()
    page.get_by_label("Nama", exact=True).fill("Ultah Batik")
    page.get_by_label("Dapat apa?").fill("Diskon 10% untuk semua")
    page.get_by_label("Mereka kirim kata apa?").fill("STOP")
    page.get_by_label("Voucher, berapa persen").fill("10")
    page.get_by_role("button", name="Simpan").click()
    expect(page.locator("main")).to_contain_text("Ini kata berhenti")
    fits(page)
    page.get_by_label("Mereka kirim kata apa?").fill("batik")
    expect(page.locator("#preview")).to_contain_text("BATIK")
    expect(page.locator("#preview")).to_contain_text("10%")
    page.get_by_role("button", name="Simpan").click()
    page.wait_for_url(re.compile(r"/ways-in/giveaway/\d+/$"))
    fits(page)


def _customer_writes(page: Page, text: str) -> None:
    """A new simulated customer writes, and sees the reward and the question about promotions."""
    page.goto("/phones/")
    page.locator("[name=fresh]").click()
    page.wait_for_url("**/phones/*/*/")
    page.locator("#compose [name=text]").fill(text)
    page.locator("#compose button").click()
    expect(page.locator("#screen")).to_contain_text("Balas YA")
    expect(page.locator("#screen")).to_contain_text("Voucher")
