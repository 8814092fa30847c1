"""Permissions of several contacts who each have a statement of their own."""

from datetime import timedelta

import pytest

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.consent.models import Consent, ConsentEvent
from wabolt.consent.queries import consent_of, verify
from wabolt.consent.services import ConsentStatement, add_wording, grant, grant_each, withdraw
from wabolt.contacts.services import create_contact
from wabolt.lib import clock

NOW = clock.now()


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace()


def people(workspace: Workspace, count: int) -> list[int]:
    return [create_contact(workspace=workspace, phone=f"+62812000000{at:02}").pk for at in range(count)]


def test_each_entry_keeps_its_own_time_wording_and_evidence(workspace: Workspace) -> None:
    contacts = people(workspace, 6)
    wordings = [
        add_wording(workspace=workspace, purpose="marketing", text=f"Setuju {at}", language="id") for at in range(6)
    ]
    statements = {
        contact: ConsentStatement(
            "marketing", "entry_point", evidence={"message": at}, wording=wordings[at], at=NOW - timedelta(hours=at)
        )
        for at, contact in enumerate(contacts)
    }
    grant(workspace=workspace, contact_ids=contacts[:1], statement=statements[contacts[0]])
    withdraw(workspace=workspace, contact_ids=contacts[1:3], statement=ConsentStatement("marketing", "stop_word"))
    statements[contacts[2]] = ConsentStatement("marketing", "import", evidence={"row": 3})
    outcome = grant_each(workspace=workspace, statements=statements, renew=False)
    assert (outcome.unchanged, outcome.refused) == (contacts[:1], contacts[2:3])
    assert outcome.recorded == [contacts[1], *contacts[3:]]
    for at in (1, 3, 4, 5):
        entry = ConsentEvent.objects.filter(contact=contacts[at]).latest("seq")
        found = (entry.action, entry.at, entry.wording, entry.evidence)
        assert found == ("granted", NOW - timedelta(hours=at), wordings[at], {"message": at})
        assert consent_of(workspace, contacts[at]).allowed
    assert Consent.objects.get(contact=contacts[2]).state == "withdrawn"
    assert verify(workspace).whole


def test_statements_about_two_purposes_are_refused(workspace: Workspace) -> None:
    one, other = people(workspace, 2)
    mixed = {one: ConsentStatement("marketing", "entry_point"), other: ConsentStatement("service", "entry_point")}
    with pytest.raises(ValueError, match="two purposes"):
        grant_each(workspace=workspace, statements=mixed)
    assert not ConsentEvent.objects.exists()
    assert grant_each(workspace=workspace, statements={}).recorded == []
