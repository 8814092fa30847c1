"""A column of people who have left the promotions withdraws their consent, and a later file does not bring it back."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.consent.models import Consent
from wabolt.contacts.services.imports import ENDED, PermissionCounts, count_permissions
from wabolt.contacts.tests.conftest import upload
from wabolt.imports import services as imports
from wabolt.imports.models import Import

__all__ = ["upload"]

pytestmark = pytest.mark.django_db


def _states(workspace: Workspace) -> dict[str, str]:
    found = Consent.objects.filter(contact__workspace=workspace, purpose="marketing")
    return dict(found.values_list("contact__name", "state"))


@each(
    ("column", "left", "stays"),
    [
        ("Unsubscribed", "Yes", "No"),
        ("Opt out date", "2026-01-02", ""),
        ("Berhenti langganan", "ya", "tidak"),
        ("Tidak mau promo", "✓", "-"),
        ("Not unsubscribed", "no", "yes"),
        ("Status", "Unsubscribed", "Subscribed"),
        ("Setuju", "sudah berhenti", ""),
    ],
    undone=True,
)
def test_who_has_left_is_withdrawn_and_a_later_yes_does_not_bring_them_back(
    upload: Callable[..., Import], column: str, left: str, stays: str
) -> None:
    workspace = make_workspace()
    people = "Ani;081211110001;{}\nBudi;081211110002;{}\nCici;081211110003;{}\n"
    upload(workspace, f"Nama;HP;Setuju\n{people.format('ya', 'ya', '')}", run=True, statement="Formulir")
    imported = upload(workspace, f"Nama;HP;{column}\n{people.format(left, stays, left)}")
    assert count_permissions(imported) == PermissionCounts(yes=0, no=2, ending=1, whole=True)
    html = signed_in(workspace, "manager").get(reverse("imports:start", args=[imported.pk])).content.decode()
    assert "Izin mereka dicabut lewat impor ini" in html
    imports.queue_import(workspace=workspace, import_id=imported.pk)
    imports.run_import(imported.pk)
    imported.refresh_from_db()
    assert imported.warnings[ENDED] == {"count": 1, "rows": [2]}
    again = upload(workspace, f"Nama;HP;Setuju\n{people.format('ya', 'ya', 'ya')}", run=True, statement="Formulir")
    assert (again.consents, _states(workspace)) == (0, {"Ani": "withdrawn", "Budi": "granted", "Cici": "withdrawn"})


def test_a_new_person_who_has_left_elsewhere_gets_no_permission_by_another_file(upload: Callable[..., Import]) -> None:
    workspace = make_workspace()
    text = "Nama;HP;Setuju;Unsubscribed\nAni;081211110001;ya;Yes\nBudi;081211110002;ya;No\nAni;081211110001;ya;\n"
    assert upload(workspace, text, run=True, statement="Formulir").consents == 1
    assert _states(workspace) == {"Ani": "withdrawn", "Budi": "granted"}
    assert upload(workspace, text.replace(";Yes", ";"), run=True, statement="Formulir").consents == 0


@each("unclear", ["x", "kadang", "31/02/2026"], undone=True)
def test_a_yes_next_to_an_unreadable_opt_out_grants_nothing(upload: Callable[..., Import], unclear: str) -> None:
    """A cross in "Unsubscribed" may be a mark. The row has a warning, and the person can agree later."""
    workspace = make_workspace()
    rows = [f"Ani;081211110001;ya;{unclear}", "Budi;081211110002;ya;No", "Cici;081211110003;ya;No"]
    imported = upload(workspace, "\n".join(["Nama;HP;Setuju;Unsubscribed", *rows, ""]))
    assert count_permissions(imported) == PermissionCounts(yes=2, no=0, ending=0, whole=True)
    done = upload(workspace, "\n".join(["Nama;HP;Setuju;Unsubscribed", *rows, ""]), run=True, statement="Formulir")
    assert (done.consents, _states(workspace)) == (2, {"Budi": "granted", "Cici": "granted"})
    assert done.warnings == {"opt_out:unreadable": {"count": 1, "rows": [2]}}
