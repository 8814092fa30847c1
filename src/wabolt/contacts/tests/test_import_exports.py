"""Exports of well-known programs are imported without a correction. The files are synthetic, the headers original."""

import io
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import translation
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phone_of, tags_of
from wabolt.contacts.services.imports import ENDED, PermissionCounts, count_permissions
from wabolt.contacts.services.imports.joins import count_joins
from wabolt.imports import services as imports
from wabolt.imports.models import Import
from wabolt.lib import clock
from wabolt.lib.birthdays import NO_YEAR
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db
Upload = Callable[..., Import]

GOOGLE_NEW = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,"
    "Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,"
    "Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,"
    "Address 1 - Label,Address 1 - City\n"
    "Siti,,Rahmawati,,,,,,,,Toko A,,,1994-02-14,suka batik,,* myContacts ::: VIP,Home,siti@example.com,Home,"
    "021-5550123,Mobile,0812-1111-0001,,Bandung\n"
    "Budi,Eko,Santoso,,,,,,,,,,,,,,* myContacts,,,Mobile,+62 813-1111-0002 ::: 021 5550124,,,,\n"
    "Tanpa,,Nomor,,,,,,,,,,,,,,* myContacts,,,,,,,,\n"
)
GOOGLE_OLD = (
    "Name,Given Name,Additional Name,Family Name,Yomi Name,Given Name Yomi,Nickname,Birthday,Gender,Location,Notes,"
    "Language,Photo,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Address 1 - City\n"
    "Siti Rahmawati,Siti,,Rahmawati,,,,1994-02-14,Female,,suka batik,,,* myContacts ::: VIP,* Home,siti@example.com,"
    "Mobile,0812-1111-0001,Bandung\n"
    ",Budi,Eko,Santoso,,,,,,,,,,* myContacts,,,Mobile,+62 813-1111-0002,\n"
)
OUTLOOK = (
    "First Name,Middle Name,Last Name,Title,Suffix,Company,Department,Job Title,Business City,Home City,Business Phone,"
    "Home Phone,Mobile Phone,Birthday,Categories,E-mail Address,E-mail Type,Gender,Notes\n"
    "Siti,,Rahmawati,,,Toko A,,,,Bandung,021-5550123,,0812-1111-0001,1994-02-14,VIP,siti@example.com,SMTP,Female,"
    "suka batik\n"
    "Budi,Eko,Santoso,,,,,,,,,,+62 813-1111-0002,0/0/00,,,,Unspecified,\n"
)
SHOPIFY = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address City,"
    "Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags\n"
    "'6789012345678,Siti,Rahmawati,siti@example.com,yes,,Bandung,,'+6281211110001,no,150000,2,suka batik,no,VIP\n"
    "'6789012345679,Budi Eko,Santoso,,no,,,081311110002,,no,0,0,,no,\n"
)
WOO = (
    "customer_id,email,date_registered,billing_first_name,billing_last_name,billing_company,billing_email,billing_phone,"
    "billing_city,total_spent,order_count\n"
    "17,siti@example.com,2025-01-02,Siti,Rahmawati,,siti@example.com,081211110001,Bandung,150000,2\n"
    "18,,2025-01-03,Budi Eko,Santoso,,,0813 1111 0002,,0,0\n"
)
FORMS = (
    "Timestamp,Nama Lengkap,Nomor WhatsApp (aktif),Kota domisili,Tanggal lahir,"
    "Apakah Kakak bersedia menerima info promo lewat WhatsApp?\n"
    '10/31/2025 9:15:02,Siti Rahmawati,081211110001,Bandung,14 Februari 1994,"Ya, saya bersedia"\n'
    '10/31/2025 9:16:02,Budi Eko Santoso,0813 1111 0002,,,"Tidak, terima kasih"\n'
)
VCARD = b"""BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Rahmawati;=53=69=
=74=69;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=53=69=74=69=20Rahmawati
TEL;HOME:021-5550123
TEL;CELL:0812-1111-0001
EMAIL;HOME:siti@example.com
ADR;HOME:;;Jl. Melati 5;Bandung;Jawa Barat;40111;Indonesia
BDAY:1994-02-14
NOTE:suka batik
CATEGORIES:VIP
PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgK
 CgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/

END:VCARD
BEGIN:VCARD
VERSION:3.0
N:Santoso;Budi;Eko;;
FN:Budi Eko
  Santoso
item1.TEL;type=pref:+62 813-1111-0002
item1.X-ABLabel:_$!<Mobile>!$_
item2.ADR;type=HOME:;;;;;;
X-SOCIALPROFILE;type=twitter:http://twitter.com/x
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Citra\\, S.E.
TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+62-21-5550199
TEL;VALUE=uri;TYPE=cell:tel:+62-857-1111-0003
GENDER:F
END:VCARD
"""


def run(upload: Upload, data: str | bytes) -> Import:
    with clock.hold(datetime(2026, 11, 27, tzinfo=UTC)):
        return upload(make_workspace(), data, run=True, statement="Formulir")


@each("program", ["GOOGLE_NEW", "GOOGLE_OLD", "OUTLOOK", "SHOPIFY", "WOO", "FORMS", "VCARD"], undone=True)
def test_an_export_comes_in_right_without_a_touch(upload: Upload, program: str) -> None:
    done = run(upload, globals()[program])
    siti, budi = Contact.objects.order_by("id")[:2]
    assert (siti.name, phone_of(siti), siti.city) == ("Siti Rahmawati", "+6281211110001", "Bandung")
    assert (budi.name, phone_of(budi)) == ("Budi Eko Santoso", "+6281311110002")
    assert siti.fields == {}
    if program not in {"SHOPIFY", "WOO"}:
        assert str(siti.birth_date) == "1994-02-14"
    if program not in {"WOO", "FORMS"}:
        assert tags_of([siti.pk, budi.pk]) == {siti.pk: ["VIP"]}
        assert list(siti.notes.values_list("text", flat=True)) == ["suka batik"]
    if program != "FORMS":
        assert siti.email == "siti@example.com"
    if program in {"GOOGLE_OLD", "OUTLOOK"}:
        assert siti.gender == "female"
    assert done.consents == (1 if program == "FORMS" else 0)
    assert ENDED not in done.warnings
    refused = [rejection.code for rejection in done.rejections.all()]
    assert refused == (["phone_empty"] if program == "GOOGLE_NEW" else [])


def test_a_vcard_of_every_version_is_read_with_its_mobile(upload: Upload) -> None:
    done = run(upload, VCARD)
    citra = Contact.objects.order_by("id").last()
    assert citra is not None
    assert (citra.name, phone_of(citra), citra.gender) == ("Citra, S.E.", "+6285711110003", "female")
    assert done.warnings == {"phone:several_numbers": {"count": 2, "rows": [2, 4]}}


@each("written", ["BDAY:--0214", "BDAY:--02-14", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-14"], undone=True)
def test_the_birthday_of_an_address_book_may_lack_the_year(upload: Upload, written: str) -> None:
    run(upload, f"BEGIN:VCARD\nVERSION:3.0\nFN:Ani\nTEL;TYPE=CELL:081211110001\n{written}\nEND:VCARD\n".encode())
    assert Contact.objects.get().birth_date == date(NO_YEAR, 2, 14)


def test_the_number_of_a_sales_person_joins_no_customers(upload: Upload) -> None:
    rows = "Rudi;0812 9000 0009;Ayu;081211110001\nRudi;0812 9000 0009;Budi;081211110002\n"
    run(upload, f"Nama Sales;HP Sales;Nama Pelanggan;HP Pelanggan\n{rows}")
    people = Contact.objects.order_by("id")
    assert [(one.name, phone_of(one)) for one in people] == [("Ayu", "+6281211110001"), ("Budi", "+6281211110002")]


def test_a_column_of_refusals_permits_nothing(upload: Upload) -> None:
    done = run(upload, "Nama;HP;Tidak mau promo\nAyu;081211110001;Ya\nBudi;081211110002;Ya\n")
    assert (Contact.objects.count(), done.consents) == (2, 0)


def test_columns_are_told_apart_by_their_names_and_an_empty_one_never_wins(upload: Upload) -> None:
    run(upload, "Nama,Nama Panggilan,No HP\nAni,,081211110001\nBudi,,081211110002\n")
    assert list(Contact.objects.order_by("id").values_list("name", flat=True)) == ["Ani", "Budi"]


@each(
    ("header", "names"),
    [
        ("Keterangan Pelanggan;Nama;No HP", ["Ani"]),
        ("Catatan Customer;Nama Pelanggan;HP", ["Ani"]),
        ("Alamat Penerima;Penerima;Telepon", ["Ani"]),
    ],
    undone=True,
)
def test_a_longer_name_of_a_column_is_something_else(upload: Upload, header: str, names: list[str]) -> None:
    run(upload, f"{header}\nlangganan lama sekali;Ani;081211110001\n")
    assert list(Contact.objects.values_list("name", flat=True)) == names


@each("header", ["Kode Cabang", "Kode Toko", "Kode", "ID", "Kode Pelanggan"], undone=True)
def test_a_shared_code_joins_no_people(upload: Upload, header: str) -> None:
    rows = "Ani;081211110001;Bandung;BDG\nBudi;081211110002;Bandung;BDG\nCici;081211110003;Bandung;BDG\n"
    done = run(upload, f"Nama;No HP;Kota;{header}\n{rows}Dedi;081211110004;Solo;SLO\n")
    assert (done.created, Contact.objects.count()) == (4, 4)
    assert "code" not in done.mapping.values()


def test_cells_are_seen_for_what_they_are(upload: Upload) -> None:
    text = (
        "Kode Pelanggan;Nama;No HP;Tgl Lahir;Setuju\n"
        '"=""00017""";Ani;"=""081211110001""";17 Agus 1990;Ya, saya bersedia\n'
        "\\N;Budi;0812_1111_0002;00/00/0000;\\N\n"
        "'00018;Cici;081,211,110,003;1 Sept. 1991;ok kak\n"
    )
    done = run(upload, text)
    assert (done.created, done.warnings, done.consents) == (3, {}, 2)
    found = {c.name: (c.birth_date and str(c.birth_date), phone_of(c)) for c in Contact.objects.all()}
    assert found == {
        "Ani": ("1990-08-17", "+6281211110001"),
        "Budi": (None, "+6281211110002"),
        "Cici": ("1991-09-01", "+6281211110003"),
    }
    codes = Contact.objects.filter(identities__kind="code").order_by("id").values_list("identities__value", flat=True)
    assert list(codes) == ["00017", "00018"]


def test_the_file_of_another_program_is_named_with_what_to_do(upload: Upload) -> None:
    workspace = make_workspace()
    for data, words in ((b"%PDF-1.7 x", "PDF"), (b"<html><p>x</p></html>", "halaman web"), (b'[{"a": 1}]', "JSON")):
        with translation.override("id"), pytest.raises(DomainError, match=words) as refused:
            imports.start_import(workspace=workspace, kind="contacts", file=io.BytesIO(data), filename="x.xls")
        assert refused.value.code == "not_a_table"


def test_the_preview_says_how_many_rows_would_be_joined_and_shows_three(upload: Upload) -> None:
    workspace = make_workspace()
    rows = "".join(f"{name};08121111000{n};{name}{n}\n" for n in range(5) for name in ("Ani", "Budi"))
    imported = upload(workspace, f"Nama;No HP;Kolom\n{rows}")
    html = signed_in(workspace, "manager").get(reverse("imports:columns", args=[imported.pk])).content.decode()
    assert "5 baris milik orang yang sudah ada di file" in html
    assert "Misalnya: Ani (baris 2, 3); Ani (baris 4, 5); Ani (baris 6, 7)." in html


def test_a_shared_code_is_refused_as_a_customer_code_before_the_import_starts(upload: Upload) -> None:
    workspace = make_workspace()
    imported = upload(workspace, "Nama;No HP;Kode Cabang\nA;081211110001;BDG\nB;081211110002;BDG\nC;081211110003;BDG\n")
    client = signed_in(workspace, "manager")
    page = reverse("imports:columns", args=[imported.pk])
    html = client.post(page, {"column_2": "code", "look": "1"}, headers={"HX-Request": "true", "HX-Target": "preview"})
    assert "“Kode Cabang” bukan kode pelanggan" in html.content.decode()
    client.post(page, {"column_2": "code"})
    answer = client.post(reverse("imports:start", args=[imported.pk]), {}, follow=True)
    assert "bukan kode pelanggan: orang-orang dengan nomor berbeda memakai kode yang sama (2 dari 3)" in (
        answer.content.decode()
    )
    imported.refresh_from_db()
    assert (imported.state, Contact.objects.count()) == ("mapping", 0)


def test_rows_of_two_files_with_the_same_row_numbers_are_different_people(upload: Upload) -> None:
    workspace = make_workspace()
    upload(workspace, "ID;Nama;No HP\n1;Ani;081211110001\n2;Budi;081211110002\n3;Cici;081211110003\n", run=True)
    upload(workspace, "ID;Nama;No HP\n1;Dedi;081211110004\n2;Eka;081211110005\n3;Fani;081211110006\n", run=True)
    assert [(one.name, phone_of(one)) for one in Contact.objects.order_by("id")] == [
        (name, f"+628121111000{place}") for place, name in enumerate(("Ani", "Budi", "Cici", "Dedi", "Eka", "Fani"), 1)
    ]


def test_the_preview_says_which_rows_would_be_joined_with_contacts_that_have_another_number(upload: Upload) -> None:
    workspace = make_workspace()
    upload(workspace, "Kode Pelanggan;Nama;No HP\nA1;Ani;081211110001\nA2;Budi;081211110002\n", run=True)
    rows = "A1;Dedi;081211110004\nA2;Budi;081211110002\nA3;Eka;081211110005\n"
    imported = upload(workspace, f"Kode Pelanggan;Nama;No HP\n{rows}")
    html = signed_in(workspace, "manager").get(reverse("imports:columns", args=[imported.pk])).content.decode()
    assert "1 baris memakai kode pelanggan milik kontak yang nomornya lain" in html
    assert "Misalnya: Dedi \u2192 Ani (baris 2)." in html


def test_what_is_clear_is_folded_and_formulas_without_a_result_are_told(upload: Upload) -> None:
    workspace = make_workspace()
    book = Workbook()
    book.active.append(["Nama", "No HP", "Poin rahasia"])
    book.active.append(["Ani", "081211110001", "=1+1"])
    file = io.BytesIO()
    book.save(file)
    imported = upload(workspace, file.getvalue())
    html = signed_in(workspace, "manager").get(reverse("imports:columns", args=[imported.pk])).content.decode()
    assert "“Poin rahasia”: 1 sel terbaca kosong" in html
    assert "3 kolom sudah jelas" in html


def test_a_workbook_that_counts_from_1904_keeps_its_days(upload: Upload) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["Nama", "No HP", "Tgl Lahir"])
    book.active.append(["Ani", "081211110001", 31_413])
    file = io.BytesIO()
    book.save(file)
    run(upload, file.getvalue())
    assert str(Contact.objects.get().birth_date) == "1990-01-02"


def test_a_file_with_a_megabyte_in_every_row_is_counted_in_bounded_memory(upload: Upload) -> None:
    cell = ";".join(["x" * 120_000] * 7)
    text = "Nama;No HP;Setuju;A;B;C;D;E;F;G\n" + "".join(f"N;0812111100{n};ya;{cell}\n" for n in range(10, 30))
    imported = upload(make_workspace(), text)
    tracemalloc.start()
    try:
        assert (count_joins(imported).rows, count_permissions(imported)) == (0, PermissionCounts(20, 0, 0, True))
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8_000_000, "the file has 17 MB"
    assert len(str(imported.options["sample"])) < 40_000


def test_the_result_offers_the_next_steps(upload: Upload) -> None:
    workspace = make_workspace()
    done = upload(workspace, "Nama;No HP\nAni;081211110001\n", run=True, tags="Pasar Minggu")
    html = signed_in(workspace, "manager").get(reverse("imports:detail", args=[done.pk])).content.decode()
    assert f"{reverse('contacts:list')}?tag=Pasar+Minggu" in html
    assert reverse("segments:new") in html
    assert reverse("broadcasts:new") in html
