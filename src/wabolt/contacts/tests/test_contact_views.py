"""The list of members who looked at a contact."""

import pytest
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.models import ContactView
from wabolt.contacts.tests.factories import make_contact

pytestmark = pytest.mark.django_db


def test_pages_and_exports_are_noted_once_a_day() -> None:
    workspace = make_workspace()
    ayu, budi = make_contact(workspace), make_contact(workspace, "Budi")
    client = signed_in(workspace, "manager")
    for _look in range(2):
        client.get(reverse("contacts:detail", args=[ayu.pk]))
    client.get(reverse("contacts:detail", args=[budi.pk]), headers={"HX-Request": "true", "HX-Target": "timeline"})
    assert list(ContactView.objects.values_list("contact", "how")) == [(ayu.pk, "page")]
    response = client.post(reverse("contacts:bulk"), {"action": "csv", "ids": [ayu.pk]})
    assert b"Ayu" in b"".join(response)  # type: ignore[arg-type]
    assert sorted(ContactView.objects.values_list("contact", "how")) == [(ayu.pk, "export"), (ayu.pk, "page")]


def test_a_page_of_another_shop_is_not_noted() -> None:
    ayu = make_contact(make_workspace())
    assert signed_in(make_workspace("Lain")).get(reverse("contacts:detail", args=[ayu.pk])).status_code == 404
    assert not ContactView.objects.exists()
