"""Cells of contact files that hold more than a value: names with numbers in one cell, amounts as people write them."""

import pytest
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.services.imports import preview
from wabolt.imports import services as imports

pytestmark = pytest.mark.django_db


@each(
    ("written", "number"),
    [("Rp 1.250.000,-", 1250000), ("150rb", 150000), ("1,5jt", 1500000), ("IDR 20.000", 20000), ("1,250.50", 1250.5)],
    undone=True,
)
def test_an_amount_in_a_field_of_numbers_is_kept(upload: object, written: str, number: float) -> None:
    rows = f'HP;Belanja\n081234567890;2000\n081234567891;"{written}"\n'
    upload(make_workspace(), rows, run=True)  # type: ignore[operator]
    assert [one.fields["belanja"] for one in Contact.objects.order_by("id")] == [2000, number]


@each(
    ("written", "name"),
    [
        ("Ayu 081234567890", "Ayu"),
        ("1. Citra Dewi - 0812-3456-7890", "Citra Dewi"),
        ("Bu Ani : 0812 3456 7890", "Bu Ani"),
        ("081234567890 a.n. budi", "Budi"),
        ("wa.me/6281234567890 Siti", "Siti"),
        ("no hp 081234567890", ""),
        ("081234567890", ""),
    ],
    undone=True,
)
def test_a_list_from_a_chat_has_names_and_numbers_in_one_cell(upload: object, written: str, name: str) -> None:
    imported = upload(make_workspace(), f"{written}\nBudi 081234567899\n")  # type: ignore[operator]
    shown = preview(imported, [(1, [written])]).rows
    assert shown[0][1] == ["+62 812-3456-7890", name]
    imports.queue_import(workspace=imported.workspace, import_id=imported.pk)
    imports.run_import(imported.pk)
    found = Contact.objects.get(identities__value="+6281234567890")
    assert found.name == name
