"""The result page of an import."""

from collections.abc import Callable
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.models import Contact
from wabolt.imports.models import Import


@pytest.mark.django_db
def test_first_refused_rows_are_on_the_page_with_their_reason(upload: Callable[..., Import]) -> None:
    workspace = make_workspace()
    rows = [f"Ayu {number};{'12' if number % 2 else f'08123456{number:04}'}" for number in range(16)]
    imported = upload(workspace, "\n".join(["Nama;No HP", "<b>Budi;08", *rows]), run=True)
    page = signed_in(workspace, "manager").get(reverse("imports:detail", args=[imported.pk]))
    refused = page.context["refused"]
    assert [row["row"] for row in refused] == [2, 4, 6, 8, 10]
    assert refused[1]["cells"] == ["Ayu 1", "12"]
    text = page.content.decode()
    assert all(str(row["why"]) in unescape(text) for row in refused)
    assert "5 yang pertama" in text
    assert "<b>Budi" not in text


@pytest.mark.django_db
def test_an_empty_file_is_refused_in_the_words_of_the_product() -> None:
    client = signed_in(make_workspace(), "manager")
    page = client.post(reverse("imports:new"), {"kind": "contacts", "file": SimpleUploadedFile("kosong.csv", b"")})
    assert page.status_code == 422
    assert "File ini kosong" in page.content.decode()


def _page_of(upload: Callable[..., Import], text: str, **more: object) -> tuple[Import, str]:
    workspace = make_workspace()
    imported = upload(workspace, text, **more)
    name = "imports:detail" if more else "imports:columns"
    page = signed_in(workspace, "manager").get(reverse(name, args=[imported.pk]))
    return imported, unescape(page.content.decode())


@pytest.mark.django_db
@each(
    ("file", "reason"),
    [
        ("Nama;No HP\nAni;08123456700\nBudi;tidak ada\n", "“tidak ada”"),
        ("Nama;No HP\nAni;08123456700\nBudi;N/A\n", "“N/A”"),
        ("Nama;No HP\nAni;08123456700\nBudi;\n", "nomor HP-nya kosong"),
        ("Nama;No HP;Kode Pelanggan\nAni;08123456700;A1\nBudi;;\n", "nomor HP dan kode pelanggannya kosong"),
    ],
    undone=True,
)
def test_a_row_without_an_address_says_what_its_cell_says(
    upload: Callable[..., Import], file: str, reason: str
) -> None:
    _imported, page = _page_of(upload, file, run=True)
    assert reason in page


@pytest.mark.django_db
def test_a_preview_without_the_column_of_the_number_asks_for_it(upload: Callable[..., Import]) -> None:
    """Every row would be refused, for a reason that is not the row's."""
    _imported, page = _page_of(upload, "Nama;Kota\nAni;Bandung\nBudi;Jakarta\n")
    assert "Pilih" in page.split('id="preview"')[1]
    assert "Ditolak" not in page.split('id="preview"')[1]


@pytest.mark.django_db
def test_a_refused_row_of_the_preview_shows_whose_it_is(upload: Callable[..., Import]) -> None:
    _imported, page = _page_of(upload, "Nama;No HP\nAni;08123456700\nBudi Santoso;12\n")
    assert "Budi Santoso" in page.split('id="preview"')[1]


@pytest.mark.django_db
def test_a_text_file_is_refused_under_any_name() -> None:
    client = signed_in(make_workspace(), "manager")
    note = SimpleUploadedFile(
        "pelanggan.xlsx", b"Halo kak ini catatan saya\nstok kain tinggal tiga\nterima kasih ya kak\n"
    )
    page = client.post(reverse("imports:new"), {"kind": "contacts", "file": note})
    assert page.status_code == 422
    assert "tulisan biasa" in page.content.decode()


@pytest.mark.django_db
def test_timeline_names_the_file_that_a_contact_came_from(upload: Callable[..., Import]) -> None:
    imported = upload(make_workspace(), "Nama;No HP\nAni;08123456700\n", run=True)
    contact = Contact.objects.get(workspace=imported.workspace)
    page = signed_in(imported.workspace).get(reverse("contacts:detail", args=[contact.pk])).content.decode()
    assert f"Impor {imported.filename}" in unescape(page)
    assert "Impor no." not in page
    assert "Daftar promo" not in page, "a panel with nothing to say is left out"
