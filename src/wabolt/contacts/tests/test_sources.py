"""The source of a contact: a code of a way in, shown as a word, or what a member typed."""

import pytest
from django.urls import reverse

from wabolt.accounts.tests.factories import make_workspace, signed_in
from wabolt.contacts.tests.factories import make_contact

pytestmark = pytest.mark.django_db


def test_a_source_is_edited_as_a_word_and_keeps_its_code() -> None:
    workspace = make_workspace()
    contact = make_contact(workspace, source="order")
    edit = reverse("contacts:edit", args=[contact.pk])
    client = signed_in(workspace, "agent")
    assert 'value="Pesanan"' in client.get(edit).content.decode()
    for typed, stored in (("Pesanan", "order"), ("kasir", "kasir")):
        assert client.post(edit, {"name": "Ayu", "source": typed}).status_code == 302
        contact.refresh_from_db()
        assert contact.source == stored
