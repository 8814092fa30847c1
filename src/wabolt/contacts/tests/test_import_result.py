"""The result page of an import."""

from collections.abc import Callable
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
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
