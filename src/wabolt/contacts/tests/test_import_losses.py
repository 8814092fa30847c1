"""An import neither loses, doubles nor alters data without a message."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from django.urls import reverse
from openpyxl import Workbook
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.models import Contact, Field, Identity
from wabolt.contacts.queries import Filters, ids_in_batches, tags_of
from wabolt.contacts.services import create_field, erase_contacts, exports, remove_tags
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports import services as imports
from wabolt.imports.models import Import

pytestmark = pytest.mark.django_db
Upload = Callable[..., Import]


def test_codes_that_a_spreadsheet_rounded_make_no_one_of_two(upload: Upload) -> None:
    workspace = make_workspace()
    text = "Kode Pelanggan;HP\n2,31E+14;081211110001\n2,31E+14;081211110002\n1E+10;081211110003\nE10;081211110004\n"
    done = upload(workspace, text, run=True)
    assert [(r.row, r.code) for r in done.rejections.order_by("row")] == [(n, "code_rounded") for n in (2, 3, 4)]
    assert set(Identity.objects.values_list("value", flat=True)) == {"E10", "+6281211110004"}


def test_a_second_number_in_a_cell_is_left_out_with_a_word(upload: Upload) -> None:
    workspace = make_workspace()
    done = upload(workspace, "Nama;HP\nAni;0812-1111-0001 / 0812-1111-0002\nBudi;0812/1111/0003\n", run=True)
    assert (done.created, done.warnings) == (2, {"phone:several_numbers": {"count": 1, "rows": [2]}})
    html = signed_in(workspace, "manager").get(reverse("imports:detail", args=[done.pk])).content.decode()
    assert "yang diambil hanya satu: nomor HP pertama" in html
    assert Contact.objects.count() == 2


def workbook() -> bytes:
    book = Workbook()
    book.active.append(["Cara mengisi"])
    book.active.append(["Isi lembar berikut"])
    for title, phone in (("Januari", "081211110001"), ("Februari", "081211110002")):
        book.create_sheet(title).append(["Nama", "HP", "Tinggi"])
        book[title].append([f"Ani {title}", phone, 1.625])
    book.create_sheet("Kosong")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_of_several_sheets_one_is_chosen_and_named(upload: Upload) -> None:
    workspace = make_workspace()
    create_field(workspace=workspace, label="Tinggi", kind="number")
    imported = upload(workspace, workbook())
    client = signed_in(workspace, "manager")
    page = reverse("imports:columns", args=[imported.pk])
    assert "Hanya satu lembar" in client.get(page).content.decode()
    assert "081211110002" in client.post(page, {"sheet": "Februari"}, follow=True).content.decode()
    for wrong in ("Kosong", "Maret"):
        assert "alert" in client.post(page, {"sheet": wrong}, follow=True).content.decode()
    imported.refresh_from_db()
    assert imported.mapping == {"0": "name", "1": "phone", "2": "field:tinggi"}
    imports.queue_import(workspace=workspace, import_id=imported.pk)
    imports.run_import(imported.pk)
    assert list(Contact.objects.values_list("name", "fields")) == [("Ani Februari", {"tinggi": 1.625})]
    html = client.get(reverse("imports:detail", args=[imported.pk])).content.decode()
    assert "Hanya lembar “Februari” yang dibaca" in html
    assert client.post(page, {"sheet": "Januari"})["Location"].endswith(f"/{imported.pk}/")


def test_dates_that_tell_their_order_only_further_down_are_read_by_it(upload: Upload) -> None:
    text = "Nama;HP;Tgl Lahir\n" + "".join(f"N;0812111100{n};0{n % 9 + 1}/0{n % 7 + 2}/1990\n" for n in range(10, 40))
    done = upload(make_workspace(), text + "Z;081211110099;12/25/1990\n", run=True)
    assert done.options["day_first"] is False
    first = Contact.objects.get(identities__value="+6281211110010")
    assert first.birth_date == date(1990, 2, 5)
    assert upload(make_workspace(), text).options["day_first"] is True


def test_the_order_of_day_and_month_is_asked_for_every_column_of_dates(upload: Upload) -> None:
    workspace = make_workspace()
    imported = upload(workspace, "HP;Servis\n081211110001;03/04/2025\n081211110002;12/25/2025\n")
    client = signed_in(workspace, "manager")
    page = reverse("imports:columns", args=[imported.pk])
    assert imported.mapping["1"] == "new:date"
    assert 'name="day_first"' in client.get(page).content.decode()
    client.post(page, {"column_0": "phone"})  # a request without the question changes nothing
    imported.refresh_from_db()
    assert imported.options["day_first"] is False
    client.post(page, {"column_0": "phone", "day_first": "yes"})
    imported.refresh_from_db()
    assert imported.options["day_first"] is True


@each("kind", ["csv", "xlsx"], undone=True)
def test_our_own_file_comes_back_as_it_was(upload: Upload, kind: str) -> None:
    first, second = make_workspace(), make_workspace("Cabang")
    for workspace in (first, second):
        for label, kind_of_field in (("Tinggi", "number"), ("Member", "yes_no"), ("Catatan khusus", "text")):
            create_field(workspace=workspace, label=label, kind=kind_of_field)
    make_contact(
        first, "Ayu Lestari", phone="+6281211110001", identities=[("code", "-7")], source="-toko", tags=["=VIP"],
        fields={"tinggi": 1.625, "member": True, "catatan_khusus": "=1+1"},
    )  # fmt: skip
    make_contact(first, "Budi", phone="+6281211110002", fields={"tinggi": -0.5, "member": False})
    written = exports.export_contacts(first, ids_in_batches(first, Filters()), kind)
    done = upload(second, b"".join(written), run=True)
    assert (done.created, done.rejected, done.warnings) == (2, 0, {})

    def told(workspace: Workspace) -> list[object]:
        people = Contact.objects.filter(workspace=workspace).order_by("name")
        return [
            (
                one.name,
                one.source,
                one.fields,
                sorted(one.tags.values_list("name", flat=True)),
                sorted(one.identities.values_list("kind", "value")),
            )
            for one in people
        ]

    assert told(first) == told(second)
    assert Field.objects.filter(workspace=second).count() == 3


@each("label", ["İstanbul", "ΟΔΟΣ", "Straße"], undone=True)
def test_labels_in_every_alphabet_are_known_again(upload: Upload, label: str) -> None:
    workspace = make_workspace()
    for _time in range(2):
        assert upload(workspace, f"HP;Label\n081211110001;{label}\n081211110002;{label}\n", run=True).state == "done"
    ids = list(Contact.objects.values_list("pk", flat=True))
    assert list(tags_of(ids).values()) == [[label], [label]]
    assert remove_tags(workspace=workspace, contact_ids=ids, tag_names=[label]) == 2


def test_an_erasure_reaches_the_rows_that_were_refused(upload: Upload) -> None:
    workspace, other = make_workspace(), make_workspace("Lain")
    ani = make_contact(workspace, "Ani", phone="+6281211110001", identities=[("code", "A/1")])
    make_contact(workspace, "Budi", phone="+6281211110002", identities=[("code", "B1")])
    text = (
        "Nama;HP;Kode Pelanggan\nAni;0812-1111.0001;B1\nAni;081211110002;A/1\nAni;rusak;A/1\nCici;rusak;C\nDedi;12;D\n"
    )
    done, theirs = upload(workspace, text, run=True), upload(other, text, run=True)
    assert (done.rejected, theirs.rejected) == (5, 3)
    erase_contacts(workspace=workspace, ids=[ani.pk])
    told = {row.row: (row.cells, row.params) for row in done.rejections.all()}
    assert {row for row, (cells, params) in told.items() if not cells and not params} == {2, 3, 4}
    assert all(row.cells for row in theirs.rejections.all())
