"""Pages of the import of contacts."""

import io

import pytest
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.imports.models import Import


@pytest.mark.django_db
def test_missing_number_column_is_told_at_the_top_of_the_page() -> None:
    client = signed_in(make_workspace(), "manager")
    client.post(reverse("imports:new"), {"file": io.BytesIO(b"HP;Nama\n081234567890;Ayu\n"), "kind": "contacts"})
    page = client.post(
        reverse("imports:columns", args=[Import.objects.get().pk]), {"column_0": "ignore", "column_1": "name"}
    )
    html = page.content.decode()
    assert page.status_code == 422
    assert html.index("data-form-errors") < html.index('id="mapping"')
    assert html.count("Pilih kolom yang berisi nomor") == 1
