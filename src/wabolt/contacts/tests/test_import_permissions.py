"""Files with a no to promotions: the effect, and the messages before and after the import."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.services.imports import ENDED, PermissionCounts, count_permissions, permissions
from wabolt.imports import services as imports
from wabolt.imports.models import Import

pytestmark = pytest.mark.django_db


def test_no_ends_a_permission_and_is_counted_before_and_after(upload: Callable[..., Import]) -> None:
    workspace = make_workspace()
    text = "HP;Setuju\n081234567890;{}\n085711112222;ya\n081311112222;tidak\nx;tidak\n"
    assert upload(workspace, text.format("ya"), run=True, statement="Formulir").consents == 2
    imported = upload(workspace, text.format("tidak"))
    assert count_permissions(imported) == PermissionCounts(yes=1, no=2, ending=1, whole=True)
    client = signed_in(workspace, "manager")
    html = client.get(reverse("imports:start", args=[imported.pk])).content.decode()
    assert "Izin mereka dicabut lewat impor ini" in html
    imports.queue_import(workspace=workspace, import_id=imported.pk)
    imports.run_import(imported.pk)
    imported.refresh_from_db()
    said = {"consent:unproven": {"count": 1, "rows": [3]}, "consent:refused": {"count": 2, "rows": [2, 4]}}
    assert imported.warnings == {ENDED: {"count": 1, "rows": [2]}} | said
    html = client.get(reverse("imports:detail", args=[imported.pk])).content.decode()
    assert "Izin dicabut" in html
    assert "Sel yang dilewati" not in html
    again = upload(workspace, text.format("tidak"), run=True)
    assert (again.warnings, again.updated) == (said, 0)
    assert count_permissions(upload(workspace, "HP\n081234567890\n")) is None


def test_the_result_says_why_no_permission_was_recorded(upload: Callable[..., Import]) -> None:
    workspace = make_workspace()
    client = signed_in(workspace, "manager")
    for statement, is_said in (("", True), ("Formulir di kasir", False)):
        imported = upload(workspace, "HP;Mau promo?\n081234567890;ya\n", run=True, statement=statement)
        html = client.get(reverse("imports:detail", args=[imported.pk])).content.decode()
        assert ("Izinnya belum tercatat" in html) is is_said
        assert imported.consents == int(not is_said)


def test_the_result_of_a_file_without_a_yes_asks_for_nothing(upload: Callable[..., Import]) -> None:
    workspace = make_workspace()
    client = signed_in(workspace, "manager")
    for answers, said in (
        (("tidak", "tidak"), "Kolom “Mau promo?” tidak berisi ya; 2 orang menjawab tidak."),
        (("tidak", ""), "Kolom “Mau promo?” tidak berisi ya; 1 orang menjawab tidak."),
        (("", ""), ""),
    ):
        rows = "Nama;HP;Mau promo?\nAni;081234567890;{}\nBudi;085711112222;{}\n".format(*answers)
        imported = upload(workspace, rows, run=True)
        html = client.get(reverse("imports:detail", args=[imported.pk])).content.decode()
        assert said in html
        assert "Izinnya belum tercatat" not in html
        assert ("Tidak ada yang bilang ya" in html) is bool(said)


def test_long_files_are_counted_from_their_start(
    upload: Callable[..., Import], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permissions, "COUNTED", 2)
    imported = upload(make_workspace(), "HP;Setuju\n081234567890;ya\n085711112222;tidak\n081311112222;ya\n")
    assert count_permissions(imported) == PermissionCounts(yes=1, no=1, ending=0, whole=False)


def test_only_a_clear_no_ends_a_permission(upload: Callable[..., Import]) -> None:
    workspace = make_workspace()
    upload(workspace, "HP;Setuju\n081234567890;ya\n085711112222;ya\n", run=True, statement="Formulir")
    imported = upload(workspace, "HP;Setuju\n081234567890;tidak keberatan\n085711112222;belum\n", run=True)
    assert imported.warnings == {"consent:unreadable": {"count": 2, "rows": [2, 3]}}
