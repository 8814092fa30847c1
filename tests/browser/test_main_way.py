"""The main journey of an owner in a real browser at 360 px, against a running installation.

The installation has its own database, worker and gateway. The journey: import, permission, segment, broadcast, read,
reply, click, purchase, STOP and the report; then auto-replies and a giveaway (`customers.py`).
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import CHROMIUM, phone_at
from tests.browser.customers import run_a_giveaway, write_to_the_shop
from tests.browser.installation import Installation, running_installation
from tests.browser.walking import add_number, fits, set_up, take_phone

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: the main way in the browser was not run"),
]
CONTACTS = """\
Daftar pelanggan Gaya Nusantara
Nama Lengkap;No. HP / WA;Kota;JK;Tgl Lahir;Setuju Promo?;Sumber;Kode Pelanggan
AYU LESTARI;0812-3456-7001;bdg;P;08-04-1991;Ya;kasir;001
budi santoso;+62 812 3456 7002;BANDUNG;L;29/12/1976;setuju;website;002
Citra;0812 3456 7003;Bandung;P;;tidak;event;003
Dewi;62812345670 04;Surabaya;P;;Ya;kasir;004
Eko;0812;Bandung;L;;Ya;kasir;005
Ayu Lestari;081234567001;Bandung;;;;;001
"""
ORDERS = """\
nomor_pesanan,kode_pelanggan,tanggal,sku,produk,kategori,jumlah,total
GN-1,001,2026-10-01,BTK-01,Kemeja Batik Parang,batik,1,250000
GN-2,001,2026-10-09,TNN-01,Tenun Ikat,tenun,1,400000
GN-3,002,2026-10-12,BTK-01,Kemeja Batik Parang,batik,2,500000
"""
AYU = "6281234567001"


@pytest.fixture(scope="module")
def site() -> Iterator[Installation]:
    with running_installation() as started:
        yield started


@pytest.fixture
def page(site: Installation) -> Iterator[Page]:
    with phone_at(site.base) as page:
        yield page


def test_an_owner_goes_the_whole_way(site: Installation, page: Page, tmp_path: Path) -> None:
    set_up(page, site)
    add_number(page, site)
    _import(page, site, tmp_path, "contacts", CONTACTS, statement="Formulir di kasir, kolom Setuju Promo")
    expect(page.locator("main")).to_contain_text("Unduh baris yang ditolak")
    assert site.sql("SELECT count(*) FROM contacts_contact") == [(4,)]
    _import(page, site, tmp_path, "orders", ORDERS)
    assert site.sql("SELECT spent FROM commerce_purchasefacts ORDER BY contact_id") == [(650_000,), (500_000,)]
    _make_segment(page)
    take_phone(page, "Ayu Lestari", AYU)
    _send_broadcast(page)
    _answer_as_customer(page, site)
    _answer_from_inbox(page, site)
    _read_report(page)
    write_to_the_shop(page, site)
    run_a_giveaway(page, site)


def _import(page: Page, site: Installation, folder: Path, kind: str, text: str, statement: str = "") -> None:
    file = folder / f"{kind}.csv"
    file.write_text(text, encoding="utf-8-sig")
    page.goto(f"/imports/new/?kind={kind}")
    page.locator("[type=file]").set_input_files(file)
    page.locator("main form").get_by_role("button").last.click()
    page.wait_for_url(re.compile(r"/columns/"))
    fits(page)
    page.get_by_role("button", name=re.compile("Lanjut|Simpan")).last.click()
    if statement:
        page.wait_for_url(re.compile(r"/start/"))
        page.locator("textarea, [name*=statement]").first.fill(statement)
        fits(page)
        page.get_by_role("button", name=re.compile("Impor|Mulai|Lanjut")).last.click()
    else:
        page.wait_for_url(re.compile(r"/start/"))
        page.get_by_role("button", name=re.compile("Impor|Mulai|Lanjut")).last.click()
    page.wait_for_url(re.compile(r"/imports/\d+/$"))
    _wait_for(page, site, "SELECT count(*) FROM imports_import WHERE state <> 'done'", 0)
    fits(page)


def _make_segment(page: Page) -> None:
    page.goto("/segments/new/")
    page.locator("[name=name]").fill("Bandung")
    with page.expect_response("**/segments/new/"):
        page.get_by_role("button", name="Ketik").click()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    page.locator("#text").fill('city = "Bandung" and orders >= 1')
    expect(page.locator("#meter")).to_contain_text("2")
    fits(page)
    page.get_by_role("button", name="Simpan segmen").click()
    page.wait_for_url(re.compile(r"/segments/\d+/$"))


def _send_broadcast(page: Page) -> None:
    page.goto("/broadcasts/new/")
    page.locator("[name=segment]").select_option(label="Bandung")
    page.locator("[name=name]").fill("Koleksi baru")
    page.locator("[name=text]").fill(
        "Halo Kak {{ contact.first_name }}, lihat https://toko.example/baru ya. Kode: {{ voucher.code }}"
    )
    page.locator("[name=voucher_percent]").fill("10")
    expect(page.locator("#reach")).to_contain_text("2")
    expect(page.locator("#bubble")).to_contain_text(re.compile("Halo Kak (Ayu|Budi)"))
    expect(page.locator("#bubble")).to_contain_text("Balas STOP untuk berhenti berlangganan")
    fits(page)
    page.get_by_role("button", name="Lanjut: periksa").click()
    expect(page.locator(".wb-receipt-main")).to_contain_text("2 pelanggan akan menerima")
    fits(page)
    page.get_by_role("button", name="Kirim ke 2 pelanggan").click()
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))
    expect(page.get_by_text("Selesai", exact=True).first).to_be_visible()


def _answer_as_customer(page: Page, site: Installation) -> None:
    ((channel,),) = site.sql("SELECT id FROM channels_channel")
    page.goto(f"/phones/{channel}/{AYU}/")
    screen = page.locator("#screen")
    expect(screen).to_contain_text("Halo Kak Ayu")
    screen.get_by_role("button", name=re.compile("Buka tautan|Buka link")).first.click()
    _wait_for(page, site, "SELECT count(*) FROM messaging_click", 1)
    screen.get_by_role("button", name=re.compile("Beli|Belanja")).first.click()
    _wait_for(page, site, "SELECT count(*) FROM commerce_voucher WHERE redeemed_at IS NOT NULL", 1)
    for text in ("STOP", "stop!", "Masih ada ukuran L kak?"):
        page.locator("#compose [name=text]").fill(text)
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.locator("#compose button").click()
        expect(page.locator("#compose [name=text]")).to_have_value("")
    expect(screen).to_contain_text(re.compile("berhenti", re.IGNORECASE))
    _wait_for(page, site, "SELECT count(*) FROM messaging_message WHERE direction = 'inbound'", 3)
    assert site.sql("SELECT state FROM consent_consent JOIN contacts_contact c ON c.id = contact_id"
                     " WHERE c.name = 'Ayu Lestari'") == [("withdrawn",)]  # fmt: skip
    # several STOPs are confirmed once
    assert site.sql("SELECT count(*) FROM messaging_message WHERE origin_kind = 'stop_word'") == [(1,)]
    fits(page)


def _answer_from_inbox(page: Page, site: Installation) -> None:
    """Find the question on the dashboard and answer it from the inbox. A reply is no promotion."""
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Menunggu")).click()
    page.wait_for_url("**/inbox/?show=waiting")
    fits(page)
    page.get_by_role("link", name=re.compile("Ayu Lestari")).click()
    page.wait_for_url("**/inbox/*/?show=waiting")
    fits(page)
    thread, compose = page.locator("#thread"), page.locator(".msg-compose")
    expect(thread).to_contain_text("Masih ada ukuran L kak?")
    expect(compose.locator("[name=text]")).to_be_in_viewport()
    compose.locator("[name=text]").fill("Masih, Kak. Ukuran L tinggal dua.")
    compose.get_by_role("button", name="Kirim").click()
    expect(thread).to_contain_text("Ukuran L tinggal dua.")
    _wait_for(page, site, "SELECT count(*) FROM channels_simulateddelivery WHERE starts_with(text, 'Masih, Kak.')", 1)
    page.locator(".wb-back").click()
    page.wait_for_url(re.compile(r"/inbox/\?show=waiting#conversation-\d+$"))
    expect(page.get_by_role("link", name=re.compile("Ayu Lestari"))).to_have_count(0)


def _wait_for(page: Page, site: Installation, statement: str, count: int) -> None:
    for _ in range(200):
        if site.sql(statement) == [(count,)]:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{statement} is {site.sql(statement)}, not {count}")


def _read_report(page: Page) -> None:
    page.goto("/broadcasts/")
    page.get_by_role("link", name="Koleksi baru").click()
    main = page.locator("main")
    expect(main).to_contain_text("1 pesanan dalam 7 hari")
    expect(main).to_contain_text(re.compile("Dibaca minimal [12]"))  # the simulator decides what Budi does
    fits(page)
    page.goto("/broadcasts/new/")
    page.locator("[name=segment]").select_option(label="Bandung")
    page.locator("[name=name]").fill("Lagi")
    page.locator("[name=text]").fill("Kabar lain ya Kak")
    page.get_by_role("button", name="Lanjut: periksa").click()
    expect(page.locator(".wb-card", has=page.locator(".wb-receipt-main"))).to_contain_text("sudah berhenti")
