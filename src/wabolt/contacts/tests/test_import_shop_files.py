"""Contact files of shops, tools and address books. Each case is a kind of file that was stored wrongly before."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from openpyxl import Workbook
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import phone_of, tags_of
from wabolt.imports.models import Import
from wabolt.lib import clock

pytestmark = pytest.mark.django_db
Upload = Callable[..., Import]

LINES = ["Nama,No HP,Kota", "Ani,081234567890,Bandung", '"Budi, S.E.",081234567891,Medan']

WITH_SEMICOLONS = ["Nama;No HP;Kota", "Ani;081234567890;Bandung", "Budi, S.E.;081234567891;Medan"]


def _workbook(rows: list[list[object]]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def _run(upload: Upload, data: str | bytes) -> Import:
    with clock.hold(datetime(2026, 11, 27, tzinfo=UTC)):
        return upload(make_workspace(), data, run=True, statement="Formulir")


def _people() -> list[tuple[str, str | None, str]]:
    return [(one.name, phone_of(one), one.city) for one in Contact.objects.order_by("id")]


@each(
    "data",
    [
        "".join('"' + line.replace('"', '""') + '"\n' for line in LINES),  # quoted lines
        _workbook([[line] for line in LINES]),  # lines in the first column of a workbook
        _workbook([[line] for line in WITH_SEMICOLONS]),  # with semicolons
    ],
    undone=True,
)
def test_lines_of_a_table_in_one_column_are_a_table(upload: Upload, data: str | bytes) -> None:
    done = _run(upload, data)
    assert done.columns == ["Nama", "No HP", "Kota"]
    assert _people() == [("Ani", "+6281234567890", "Bandung"), ("Budi, S.E.", "+6281234567891", "Medan")]


def test_cells_that_reach_over_several_rows_move_no_other_cell(upload: Upload) -> None:
    _run(
        upload,
        "<table><tr><th>Kota</th><th>Nama</th><th>HP</th><th>Label</th></tr>"
        "<tr><td rowspan=2>Bandung</td><td>Ani</td><td>081234567890</td><td rowspan=3>VIP</td></tr>"
        "<tr><td>Budi</td><td>081234567891</td></tr>"
        "<tr><td>Malang</td><td>Cici</td><td>081234567892</td></tr>"
        "<tr><td>Medan</td><td>Dedi</td><td>081234567893</td><td></td></tr></table>",
    )
    assert _people() == [
        ("Ani", "+6281234567890", "Bandung"), ("Budi", "+6281234567891", ""), ("Cici", "+6281234567892", "Malang"),
        ("Dedi", "+6281234567893", "Medan"),
    ]  # fmt: skip


def test_a_damaged_property_does_not_damage_an_address_book(upload: Upload) -> None:
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:{}\nTEL:{}\n{}END:VCARD\n"
    broken = "KEY;ENCODING=b:abcde\nLOGO;ENCODING=BASE64:A\nCATEGORIES:myContacts,starred,VIP\n"
    _run(upload, (card.format("Ani", "081234567890", broken) + card.format("Budi", "081234567891", "")).encode())
    assert [name for name, _phone, _city in _people()] == ["Ani", "Budi"]
    ani = Contact.objects.get(name="Ani")
    assert tags_of([ani.pk]) == {ani.pk: ["VIP"]}


@each("written", [
        "Bandung, 17-08-1990", "Bandung 17-08-1990", "Bandung/17-08-1990", "Bandung - 17 Agustus 1990",
        "Kab. Bandung, 17/8/90", "Senin 17 Agustus 1990", "Jum'at, 17 Agustus 1990", "Tgl 17 Agustus 1990",
        "Fri Aug 17 1990 00:00:00 GMT+0700 (Western Indonesia Time)", "17/08/1990 00:00:00",
    ], undone=True)  # fmt: skip
def test_a_place_or_a_weekday_before_a_birthday_is_left_out(upload: Upload, written: str) -> None:
    done = _run(upload, f'Nama;HP;Tempat Tgl Lahir\nAni;081234567890;"{written}"\n')
    assert (Contact.objects.get().birth_date, done.warnings) == (date(1990, 8, 17), {})


def test_ditto_marks_are_no_values(upload: Upload) -> None:
    rows = "Ani;081234567890;Bandung;Instagram\nBudi;081234567891;-\"-;idem\nCici;081234567892;-//-;''\n"
    _run(upload, f"Nama;HP;Kota;Sumber\n{rows}")
    assert list(Contact.objects.order_by("id").values_list("city", "source")) == [
        ("Bandung", "Instagram"), ("", ""), ("", ""),
    ]  # fmt: skip


def test_a_column_of_zeros_and_ones_may_go_on_with_two(upload: Upload) -> None:
    rows = "".join(f"Ani;0812345678{n};{n % 2}\n" for n in range(10, 30))
    done = _run(upload, f"Nama;HP;Jumlah Anak\n{rows}Budi;081234567899;3\n")
    assert (Contact.objects.get(name="Budi").fields, done.warnings) == ({"jumlah_anak": 3}, {})


def test_days_of_a_spreadsheet_stay_days(upload: Upload) -> None:
    _run(upload, "Nama;HP;Tgl Daftar;Poin\nAni;081234567890;45200;45200\nBudi;081234567891;45201;100\n")
    assert Contact.objects.get(name="Ani").fields == {"tgl_daftar": "2023-10-01", "poin": 45200}


def test_a_blank_at_a_soft_line_break_is_kept(upload: Upload) -> None:
    quoted = "N;ENCODING=QUOTED-PRINTABLE:;Siti=\n Aminah=\n =20Putri;;;\n"
    _run(upload, f"BEGIN:VCARD\nVERSION:2.1\n{quoted}TEL;CELL:081234567890\nEND:VCARD\n".encode())
    assert Contact.objects.get().name == "Siti Aminah Putri"


def test_two_tables_next_to_each_other_are_told(upload: Upload) -> None:
    workspace = make_workspace()
    imported = upload(workspace, "Nama;HP;;Nama;HP\nAni;081234567890;;Budi;081234567891\n")
    html = signed_in(workspace, "manager").get(reverse("imports:columns", args=[imported.pk])).content.decode()
    assert "dua tabel yang bersebelahan" in html
    assert imported.mapping["4"] != "phone2"
