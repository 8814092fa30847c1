"""What a file must not lose, double or mangle without a word."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.models import Contact, Identity, Import

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
    html = signed_in(workspace, "manager").get(reverse("contacts:import_detail", args=[done.pk])).content.decode()
    assert "hanya nomor pertama yang diambil" in html
    assert Contact.objects.count() == 2
