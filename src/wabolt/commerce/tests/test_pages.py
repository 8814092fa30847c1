"""Purchases on the page of a contact."""

import pytest
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.commerce.tests.factories import make_order
from wabolt.contacts.tests.factories import make_contact

pytestmark = pytest.mark.django_db


def test_head_of_a_contact_shows_the_purchases() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace, "Ayu")
    page = reverse("contacts:detail", args=[contact.pk])
    client = signed_in(workspace)
    assert "dari 1 pesanan" not in client.get(page).content.decode()
    make_order(workspace, contact.pk, "GN-1", total=150_000)
    make_order(workspace, contact.pk, "GN-2", total=250_000)
    shown = client.get(page).content.decode()
    assert "<b>Rp400.000</b>" in shown
    assert "dari 2 pesanan" in shown
    assert "Kemeja Batik Parang" in shown
