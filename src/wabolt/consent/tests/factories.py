"""Factories of consents for tests of every room."""

from collections.abc import Sequence

from wabolt.accounts.models import Workspace
from wabolt.consent.models import Purpose
from wabolt.consent.services import ConsentStatement, Outcome, grant, withdraw
from wabolt.contacts.models import Contact, Identity


def make_people(workspace: Workspace, count: int, first_phone: int = 628120000000) -> list[int]:
    """Contacts with a phone number each. Returns their ids."""
    people = Contact.objects.bulk_create([Contact(workspace=workspace, name=f"Orang {i}") for i in range(count)])
    Identity.objects.bulk_create(
        [
            Identity(workspace=workspace, contact=person, kind="phone", value=f"+{first_phone + i}")
            for i, person in enumerate(people)
        ]
    )
    return [person.pk for person in people]


def give_consent(workspace: Workspace, contact_ids: Sequence[int], source: str = "form") -> Outcome:
    """Grants consent to promotions with a source that is the contacts' own act."""
    return grant(
        workspace=workspace,
        contact_ids=contact_ids,
        statement=ConsentStatement(Purpose.MARKETING, source, evidence={"test": True}),
    )


def say_stop(workspace: Workspace, contact_ids: Sequence[int]) -> Outcome:
    """Withdraws the consents as if the contacts had written STOP."""
    return withdraw(
        workspace=workspace, contact_ids=contact_ids, statement=ConsentStatement(Purpose.MARKETING, "stop_word")
    )
