"""A form of a contact shows all of its errors at once."""

import pytest
from django.urls import reverse
from tests.cases import each

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts import services
from wabolt.contacts.models import Contact, Field
from wabolt.contacts.tests.factories import make_contact
from wabolt.lib.errors import DomainError

pytestmark = pytest.mark.django_db

BAD = {
    "email": "bukan email",
    "phone": "12",
    "code": "K-1",
    "field_size": "abc",
    "name": "Ayu",
}


def test_every_error_of_a_contact_is_shown_at_once() -> None:
    workspace = make_workspace()
    Field.objects.create(workspace=workspace, key="size", label="Ukuran", kind="number")
    make_contact(workspace, "Budi Salim", identities=[("code", "K-1")])
    client = signed_in(workspace, "manager")
    for address in (reverse("contacts:new"), reverse("contacts:edit", args=[make_contact(workspace).pk])):
        page = client.post(address, BAD | {"version": client.get(address).context["form"]["version"].value() or ""})
        assert page.status_code == 422
        assert set(page.context["form"].errors) == {"email", "phone", "code", "field_size"}
        assert "Budi Salim" in str(page.context["form"].errors["code"])
    assert Contact.objects.count() == 2


@each("values", [
        {"email": "x"}, {"phone": "12"}, {"name": "", "phone": None}, {"gender": "x"}, {"name": "x" * 300},
        {"identities": [("code", "x" * 300)]}, {"fields": {"there is none": "1"}}, {"identities": [("code", "K-1")]},
        {"phone": "081234567890", "email": "ayu@contoh.id"},
    ], undone=True)  # fmt: skip
def test_refusals_are_what_the_service_raises(values: dict[str, object]) -> None:
    workspace = make_workspace()
    make_contact(workspace, identities=[("code", "K-1")])
    given: dict[str, object] = {"name": "Ayu", **values}
    codes = [error.code for error in services.refusals(workspace=workspace, **given)]  # type: ignore[arg-type]
    raised: list[str] = []
    try:
        services.create_contact(workspace=workspace, **given)  # type: ignore[arg-type]
    except DomainError as error:
        raised.append(error.code)
    assert codes == raised
