"""Contact imports: owners of rows, precedence of values, refusals, and a second import that changes nothing."""

import errno
import io
from unittest.mock import Mock

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts import queries, services, signals
from wabolt.contacts.models import Contact, Event, Field, Identity, Note
from wabolt.contacts.services.imports.idset import IdSet
from wabolt.contacts.tests.factories import make_contact
from wabolt.imports import services as imports
from wabolt.imports.models import Import, ImportPart, ImportRejection
from wabolt.imports.registry import reason
from wabolt.imports.services import runner
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db

MESSY = (
    "Nama Lengkap;No. HP / WA;Kota;JK;Tgl Lahir;Setuju Promo?;Sumber;Kode Pelanggan;Catatan\n"
    "zahra saputra;0857.9453.2910;JAKARTA;wanita;08-04-1991;TRUE;kasir;16576;\n"
    'ani santoso;0813.8779.7397;Medan;wanita;26686;setuju;instagram;06904;"=HYPERLINK(""http://x"")"\n'
    "Budi;08123;Bandung;L;;ya;;;\n"
    "Zahra;0857 9453 2910;jkt;P;;Y;;16576;suka batik\n"
    "Citra;-;;;;tidak;;777;\n"
    "Dewi;-;;;;;;;\n"
    "Eka;081211112222;;waria;31/02/1990;mungkin;;;\n"
)


def counts(imported: Import) -> tuple[int, int, int, int]:
    return imported.created, imported.updated, imported.unchanged, imported.rejected


def state_of(workspace: Workspace) -> list[object]:
    """All rows that an import may change, for comparison."""
    return [
        list(Contact.objects.filter(workspace=workspace).order_by("id").values()),
        list(Identity.objects.filter(workspace=workspace).order_by("id").values()),
        list(Note.objects.filter(workspace=workspace).order_by("id").values()),
        list(Contact.tags.through.objects.order_by("id").values()),
        Event.objects.filter(workspace=workspace).count(),
    ]


def test_messy_file_becomes_tidy_contacts(upload: object) -> None:
    workspace = make_workspace()
    imported = upload(workspace, MESSY, run=True, statement="Formulir kasir")  # type: ignore[operator]
    assert imported.state == "done"
    assert counts(imported) == (4, 1, 0, 2)
    zahra = queries.find_by_identity(workspace, "phone", "+6285794532910")
    assert zahra is not None
    known = (zahra.name, zahra.city, zahra.city_original, zahra.gender)
    assert known == ("Zahra Saputra", "Jakarta", "JAKARTA", "female")
    assert str(zahra.birth_date) == "1991-04-08"
    assert list(zahra.notes.values_list("text", flat=True)) == ["suka batik"]
    citra = queries.find_by_identity(workspace, "code", "777")
    assert citra is not None
    assert queries.phone_of(citra) is None
    assert dict(ImportRejection.objects.values_list("row", "code")) == {4: "phone_too_short", 7: "no_identity"}
    assert imported.warnings == {
        "gender:unreadable": {"count": 1, "rows": [8]},
        "birth_date:no_such_day": {"count": 1, "rows": [8]},
        "consent:unreadable": {"count": 1, "rows": [8]},
    }
    created = Event.objects.filter(workspace=workspace, kind="contact_created")
    assert [event.data["import"] for event in created] == [imported.pk] * 4
    assert not ImportPart.objects.exists()


@each("chunk", [1, 2, 3, 5000], undone=True)
def test_second_import_changes_nothing_with_any_chunks(
    upload: object, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(runner, "CHUNK", chunk)
    workspace = make_workspace()
    text = MESSY + "Ani Wijaya;081387797397;Bandung;L;1.1.1990;ya;teman;06904;lain\n"
    first = upload(workspace, text, run=True, statement="Formulir", tags="Baru")  # type: ignore[operator]
    before = state_of(workspace)
    ani = queries.find_by_identity(workspace, "code", "06904")
    assert ani is not None
    assert (ani.name, ani.city, ani.gender) == ("Ani Santoso", "Medan", "female")
    again = upload(workspace, text, run=True, statement="Formulir", tags="Baru")  # type: ignore[operator]
    assert counts(first) == (4, 2, 0, 2)
    assert counts(again) == (0, 0, 6, 2)
    assert state_of(workspace) == before


def test_filled_cells_win_and_empty_ones_keep(upload: object) -> None:
    workspace = make_workspace()
    contact = make_contact(workspace, "Ayu Lestari", phone="+6281234567890", city="Medan", email="ayu@example.com")
    imported = upload(workspace, "Nama;HP;Kota;Email\nayu;081234567890;bdg;\n", run=True)  # type: ignore[operator]
    contact.refresh_from_db()
    assert (contact.name, contact.city, contact.email) == ("Ayu Lestari", "Bandung", "ayu@example.com")
    assert " bandung " in contact.search
    assert counts(imported) == (0, 1, 0, 0)
    changed = Event.objects.get(contact=contact, kind="contact_updated")
    assert changed.data == {"columns": ["city"], "import": imported.pk}


def test_one_known_address_brings_the_other(upload: object) -> None:
    workspace = make_workspace()
    contact = make_contact(workspace, "Ayu", phone="+6281234567890", identities=[("code", "A1")])
    for row in ("081234567890;A2", "085711112222;A1"):
        imported = upload(workspace, f"HP;Kode Pelanggan\n{row}\n", run=True)  # type: ignore[operator]
        assert counts(imported) == (0, 1, 0, 0)
    assert set(contact.identities.values_list("value", flat=True)) == {"+6281234567890", "+6285711112222", "A1", "A2"}
    assert queries.phone_of(contact) == "+6285711112222"
    contact.refresh_from_db()
    assert "+6285711112222" in contact.search


@each("chunk", [1, 5000], undone=True)
def test_number_and_code_of_two_people_are_refused(upload: object, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(runner, "CHUNK", chunk)
    workspace = make_workspace()
    text = "HP;Kode Pelanggan\n081234567890;A1\n085711112222;A2\n081234567890;A2\n"
    imported = upload(workspace, text, run=True)  # type: ignore[operator]
    assert counts(imported) == (2, 0, 0, 1)
    rejection = ImportRejection.objects.get()
    assert (rejection.code, rejection.row) == ("two_people", 4)
    assert "A2" in reason(rejection.code, rejection.params)


def test_erased_people_are_refused_and_stay_erased(upload: object) -> None:
    workspace = make_workspace()
    contact = make_contact(workspace, "Ayu", phone="+6281234567890", identities=[("code", "A1")])
    services.erase_contacts(workspace=workspace, ids=[contact.pk])
    text = "Nama;HP;Kode Pelanggan\nAyu;081234567890;\nAyu;;A1\nBudi;085711112222;B1\n"
    imported = upload(workspace, text, run=True)  # type: ignore[operator]
    assert counts(imported) == (1, 0, 0, 2)
    assert [(row.code, row.cells) for row in imported.rejections.all()] == [("erased", [])] * 2
    contact.refresh_from_db()
    assert contact.name == ""


def test_staged_people_carry_consent_only_with_a_statement(upload: object) -> None:
    staged: list[list[tuple[object, ...]]] = []

    def hear(imported: Import, table: str, **_: object) -> int:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(f"SELECT row, is_new, consent, phone FROM {table} ORDER BY row")
            staged.append(cursor.fetchall())
        return 0

    signals.contacts_staged.connect(hear)
    text = "HP;Setuju\n081234567890;ya\n085711112222;tidak\n081311112222;\n081234567890;tidak\n"
    try:
        workspace = make_workspace()
        upload(workspace, text, run=True)  # type: ignore[operator]
        upload(workspace, text, run=True, statement="Formulir")  # type: ignore[operator]
        upload(make_workspace("Lain"), "HP;Setuju\n081234567890;ya\n", run=True, statement="Formulir")  # type: ignore[operator]
    finally:
        signals.contacts_staged.disconnect(hear)
    assert staged[0] == [
        (2, True, "no", "+6281234567890"), (3, True, "no", "+6285711112222"), (4, True, None, "+6281311112222"),
    ]  # fmt: skip
    assert [row[1:3] for row in staged[1]] == [(False, "no"), (False, "no"), (False, None)]
    assert staged[2] == [(2, True, "yes", "+6281234567890")]


def test_no_in_an_earlier_chunk_outweighs_a_later_yes(upload: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CHUNK", 1)
    workspace = make_workspace()
    text = "HP;Setuju\n081234567890;tidak\n081234567890;ya\n"
    assert upload(workspace, text, run=True, statement="Formulir").consents == 0  # type: ignore[operator]


def test_new_columns_become_fields_by_choice(upload: object) -> None:
    workspace = make_workspace()
    imported = upload(workspace, "HP;Ukuran Baju;Poin;Lunas\n081234567890;XL;1.250;ya\n")  # type: ignore[operator]
    assert imported.mapping == {"0": "phone", "1": "new:text", "2": "new:number", "3": "new:yes_no"}
    imports.set_mapping(workspace=workspace, import_id=imported.pk, mapping={3: "ignore"})
    assert not Field.objects.exists()
    imports.queue_import(workspace=workspace, import_id=imported.pk)
    imports.run_import(imported.pk)
    assert Contact.objects.get().fields == {"ukuran_baju": "XL", "poin": 1250}
    later = upload(workspace, "HP;Ukuran Baju;Poin\n081234567890;M;banyak\n", run=True)  # type: ignore[operator]
    assert Contact.objects.get().fields == {"ukuran_baju": "M", "poin": 1250}
    assert later.warnings == {"field:poin:not_a_number": {"count": 1, "rows": [2]}}


def test_labels_of_rows_and_of_the_whole_file(upload: object) -> None:
    workspace = make_workspace()
    upload(workspace, "HP;Label\n081234567890;VIP, Reseller\n085711112222;\n", run=True, tags="November")  # type: ignore[operator]
    ids = list(Contact.objects.order_by("id").values_list("id", flat=True))
    assert [queries.tags_of(ids)[pk] for pk in ids] == [["November", "Reseller", "VIP"], ["November"]]
    assert Event.objects.filter(kind="tag_added").count() == 4


@each(
    ("mapping", "code"),
    [
        ({0: "ignore"}, "no_identity_column"),
        ({1: "phone"}, "target_twice"),
        ({0: "bogus"}, "bad_target"),
        ({9: "name"}, "bad_target"),
    ],
)
def test_mapping_that_cannot_work_is_refused(upload: object, mapping: dict[int, str], code: str) -> None:
    workspace = make_workspace()
    imported = upload(workspace, "HP;Nama\n081234567890;Ayu\n")  # type: ignore[operator]
    with pytest.raises(DomainError) as caught:
        imports.set_mapping(workspace=workspace, import_id=imported.pk, mapping=mapping)
    assert caught.value.code == code


@each(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"Nama;HP\n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "not_a_table"),
        (b"PK\x03\x04" + bytes(100), None),
        (b"%PDF-1.7\n" + b"x" * 100, "not_a_table"),
        (";".join(f"k{n}" for n in range(1_000_000)).encode() + b"\n", None),
        (b'Nama;HP;Kota\n"Ayu;0812;x\n' + b"Budi;0813;x\n" * 10, "unclosed_quote"),
    ],
)
def test_files_that_are_no_table_leave_nothing(data: bytes, code: str | None) -> None:
    workspace = make_workspace()
    with pytest.raises(DomainError) as caught:
        imports.start_import(workspace=workspace, kind="contacts", file=io.BytesIO(data), filename="x.csv")
    assert caught.value.field == "file"
    assert code in {None, caught.value.code}
    assert str(caught.value)
    assert not Import.objects.exists()
    assert not ImportPart.objects.exists()


def test_file_that_breaks_off_in_a_later_chunk_leaves_nothing(upload: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CHUNK", 1000)
    good = "".join(f"Orang {n};0812{10000000 + n};Bandung\n" for n in range(6000))
    imported = upload(make_workspace(), "Nama;HP;Kota\n" + good + '"Ayu;081234567890;x\n' + good[:400], run=True)  # type: ignore[operator]
    assert (imported.state, imported.error["code"]) == ("failed", "unclosed_quote")
    assert not Contact.objects.exists()


def test_large_files_are_kept_in_pieces(upload: object, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports.files, "PART", 1000)
    workspace = make_workspace()
    text = "Nama;HP\n" + "".join(f"Orang {n};0812{10000000 + n}\n" for n in range(500))
    imported = upload(workspace, text)  # type: ignore[operator]
    assert imported.size == len(text)
    assert ImportPart.objects.count() > 5
    imports.queue_import(workspace=workspace, import_id=imported.pk)
    imports.run_import(imported.pk)
    assert Contact.objects.count() == 500
    settings.IMPORT_MAX_BYTES = 1000  # type: ignore[attr-defined]
    with pytest.raises(DomainError) as caught:
        upload(workspace, text)  # type: ignore[operator]
    assert caught.value.code == "too_large"


def test_workbooks_are_read_too() -> None:
    workspace = make_workspace()
    book = Workbook()
    book.active.append(["Nama", "No HP"])
    book.active.append(["Ayu", 81234567890])
    file = io.BytesIO()
    book.save(file)
    imported = imports.start_import(workspace=workspace, kind="contacts", file=file, filename="kontak.xlsx")
    imports.queue_import(workspace=workspace, import_id=imported.pk)
    imports.run_import(imported.pk)
    assert queries.find_by_identity(workspace, "phone", "+6281234567890") is not None


def test_cancelled_imports_stop_and_forget_the_file(upload: object) -> None:
    workspace = make_workspace()
    imported = upload(workspace, MESSY)  # type: ignore[operator]
    imports.queue_import(workspace=workspace, import_id=imported.pk)
    imports.cancel_import(workspace=workspace, import_id=imported.pk)
    imports.run_import(imported.pk)
    imported.refresh_from_db()
    assert (imported.state, imported.next_row) == ("cancelled", 0)
    assert not ImportPart.objects.exists()
    assert "sample" not in imported.options
    with pytest.raises(DomainError):
        imports.queue_import(workspace=workspace, import_id=imported.pk)


def test_another_worker_that_is_ahead_makes_this_one_stop(upload: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CHUNK", 2)
    workspace = make_workspace()
    imported = upload(workspace, MESSY)  # type: ignore[operator]
    imports.queue_import(workspace=workspace, import_id=imported.pk)
    real, calls = runner._check_turn, []

    def other_first(row: Import, position: int) -> None:
        calls.append(position)
        if position == 2:
            Import.objects.filter(pk=row.pk).update(next_row=4)
        real(row, position)

    monkeypatch.setattr(runner, "_check_turn", other_first)
    imports.run_import(imported.pk)
    imported.refresh_from_db()
    assert (calls, imported.state) == ([0, 2], "running")


@each(("error", "code"), [(RuntimeError("on fire"), "interrupted"), (OSError(errno.ENOSPC, "no room"), "disk_full")])
def test_import_that_fails_again_and_again_is_given_up(
    upload: object, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    workspace = make_workspace()
    imported = upload(workspace, MESSY)  # type: ignore[operator]
    imports.queue_import(workspace=workspace, import_id=imported.pk)
    monkeypatch.setattr(runner, "_process", Mock(side_effect=error))
    for _turn in range(runner._MAX_STARTS - 1):
        with pytest.raises(type(error)):
            imports.run_import(imported.pk)
    imports.run_import(imported.pk)
    imported.refresh_from_db()
    assert (imported.state, imported.error["code"]) == ("failed", code)


def test_id_set_holds_what_was_put_in() -> None:
    ids = IdSet()
    ids.update([1, 65535, 65536, 10**12])
    assert all(number in ids for number in (1, 65535, 65536, 10**12))
    assert not any(number in ids for number in (0, 2, 65537, 10**12 + 1))


def test_wizard_leads_from_the_file_to_the_result() -> None:
    workspace = make_workspace()
    client = signed_in(workspace, "manager")
    assert client.get(reverse("imports:new")).status_code == 200
    file = io.BytesIO(MESSY.encode())
    file.name = "kontak <b>.csv"
    response = client.post(reverse("imports:new"), {"file": file, "kind": "contacts"})
    imported = Import.objects.get()
    columns = reverse("imports:columns", args=[imported.pk])
    assert response["Location"] == columns
    html = client.get(columns).content.decode()
    for words in ("No. HP / WA", "0857.9453.2910", "+62 857-9453-2910", "Zahra Saputra", "terlalu pendek"):
        assert words in html, words
    assert "kontak <b>" not in html
    assert client.post(columns, {"column_0": "phone"}).status_code == 422
    looked = client.post(
        columns, {"column_2": "ignore", "look": "1"}, headers={"HX-Request": "true", "HX-Target": "preview"}
    )
    assert "<html" not in looked.content.decode()
    permission = reverse("imports:start", args=[imported.pk])
    assert client.post(columns, {"column_2": "city"})["Location"] == permission
    assert "Setuju Promo?" in client.get(permission).content.decode()
    detail = reverse("imports:detail", args=[imported.pk])
    assert client.post(permission, {"consent_statement": "Formulir kasir", "tags": "Baru"})["Location"] == detail
    assert_polls(client, detail)
    imports.run_import(imported.pk)
    done = client.get(detail, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert done["HX-Refresh"] == "true"
    html = client.get(detail).content.decode()
    assert "Unduh baris yang ditolak" in html
    assert "Nomor terlalu pendek" in html
    rejected = client.get(reverse("imports:rejected", args=[imported.pk]))
    text = b"".join(rejected.streaming_content).decode("utf-8-sig")
    assert "4;nomor “08123” terlalu pendek;Budi;08123;" in text
    assert client.get(reverse("imports:list")).status_code == 200
    assert client.get(columns)["Location"] == detail


def assert_polls(client: Client, detail: str) -> None:
    """While the import waits, the fragment contains no token and is unchanged: 304."""
    headers = {"HX-Request": "true", "HX-Target": "progress"}
    first = client.get(detail, headers=headers)
    assert b"csrf" not in first.content
    assert b"<html" not in first.content
    again = client.get(detail, headers={**headers, "If-None-Match": first["ETag"]})
    assert again.status_code == 304


@each("data", [b"", b"\x89PNG\r\n\x1a\n" + bytes(200), b"a\n"], undone=True)
def test_wizard_says_what_is_wrong_with_a_file(data: bytes) -> None:
    client = signed_in(make_workspace(), "manager")
    file = io.BytesIO(data)
    file.name = "x.csv"
    response = client.post(reverse("imports:new"), {"file": file})
    assert response.status_code == 422
    assert not Import.objects.exists()
    assert client.post(reverse("imports:new"), {"kind": "bogus"}).status_code == 404


def test_wizard_of_a_started_import_cannot_be_changed(upload: object) -> None:
    workspace = make_workspace()
    imported = upload(workspace, MESSY, run=True)  # type: ignore[operator]
    client = signed_in(workspace, "manager")
    for step in ("columns", "start"):
        url = reverse(f"imports:{step}", args=[imported.pk])
        assert client.post(url, {})["Location"] == reverse("imports:detail", args=[imported.pk])
