"""The stop of an erased person: kept without the address, and in force when the address comes back."""

import pytest
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.consent import queries
from wabolt.consent.models import Purpose, Suppression
from wabolt.consent.services import ConsentStatement, grant, withdraw
from wabolt.contacts import services as contacts
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contact

NUMBER = "+6281234567890"


@pytest.fixture
def workspace(db: None) -> Workspace:
    """A shop whose customer said stop and was erased."""
    shop = make_workspace()
    contact = make_contact(shop, phone=NUMBER)
    withdraw(workspace=shop, contact_ids=[contact.pk], statement=ConsentStatement(Purpose.MARKETING, "stop_word"))
    contacts.erase_contacts(workspace=shop, ids=[contact.pk])
    return shop


def test_suppressions_do_not_contain_the_number(workspace: Workspace) -> None:
    assert NUMBER[3:] not in str(Suppression.objects.values_list())
    assert queries.suppressed_values(workspace, "phone", [NUMBER, "+6281234567891"]) == {NUMBER}


@each("way", ["member", "message", "replaced"], undone=True)
def test_stop_holds_for_a_contact_with_the_number(workspace: Workspace, way: str) -> None:
    if way == "member":
        contact = contacts.create_contact(workspace=workspace, name="Ayu", phone=NUMBER)
    elif way == "message":
        contact, _made = contacts.resolve_contact(workspace=workspace, identities=[("phone", NUMBER)])
    else:
        contact = make_contact(workspace, phone="+6281234567899")
        contacts.replace_identities(
            workspace=workspace, old=[("phone", "+6281234567899")], new=[("phone", NUMBER)], reason="told"
        )
    assert not queries.consent_of(workspace, contact.pk).allowed
    outcome = grant(
        workspace=workspace, contact_ids=[contact.pk], statement=ConsentStatement(Purpose.MARKETING, "member")
    )
    assert outcome.refused == [contact.pk]
    assert Suppression.objects.filter(value=NUMBER).exists()


def test_own_join_word_lifts_the_stop(workspace: Workspace) -> None:
    contact, _made = contacts.resolve_contact(workspace=workspace, identities=[("phone", NUMBER)])
    grant(workspace=workspace, contact_ids=[contact.pk], statement=ConsentStatement(Purpose.MARKETING, "start_word"))
    assert queries.consent_of(workspace, contact.pk).allowed
    assert not Suppression.objects.exists()


def test_new_number_of_an_erased_person_is_not_stored(workspace: Workspace) -> None:
    new = "+6281999888777"
    contacts.replace_identities(workspace=workspace, old=[("phone", NUMBER)], new=[("phone", new)], reason="told")
    assert queries.suppressed_values(workspace, "phone", [new]) == {new}
    assert new[3:] not in str(Suppression.objects.values_list())
    assert not Contact.objects.filter(erased_at=None).exists()
