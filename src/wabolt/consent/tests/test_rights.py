"""Restrictions of processing, and the removal of a person's words from the ledger."""

import pytest
from django.db import DatabaseError, connection, transaction
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.consent import queries, services
from wabolt.consent.models import ConsentEvent, Objection, Restriction
from wabolt.consent.services import ConsentStatement
from wabolt.consent.tests.factories import give_consent, make_people
from wabolt.consent.tests.test_verify import tamper
from wabolt.contacts.models import Contact, Event
from wabolt.contacts.services import erase_contacts, merge_contacts

pytestmark = pytest.mark.django_db
SAID = "halo saya Budi, berhenti dulu"


@pytest.fixture
def shop() -> Workspace:
    return make_workspace()


def test_a_restriction_refuses_both_purposes_until_it_ends(shop: Workspace) -> None:
    (person,) = make_people(shop, 1)
    give_consent(shop, [person])
    assert services.restrict(workspace=shop, contact_id=person)
    assert not services.restrict(workspace=shop, contact_id=person)
    for purpose in ("marketing", "service"):
        assert queries.statuses(shop, [person], purpose)[person].refusal == "restricted"
    assert services.lift_restriction(workspace=shop, contact_id=person)
    assert not services.lift_restriction(workspace=shop, contact_id=person)
    assert queries.consent_of(shop, person).allowed
    kinds = Event.objects.filter(contact=person).order_by("id").values_list("kind", flat=True)
    assert list(kinds)[-2:] == ["contact_restricted", "contact_unrestricted"]


def test_a_restriction_of_another_shop_is_not_found(shop: Workspace) -> None:
    (person,) = make_people(shop, 1)
    with pytest.raises(Contact.DoesNotExist):
        services.restrict(workspace=make_workspace("Lain"), contact_id=person)


def test_a_merged_contact_stays_restricted(shop: Workspace) -> None:
    kept, absorbed = make_people(shop, 2)
    services.restrict(workspace=shop, contact_id=absorbed)
    merge_contacts(workspace=shop, keep_id=kept, absorb_id=absorbed, reason="member")
    assert queries.restriction_of(shop, kept) is not None
    erase_contacts(workspace=shop, ids=[kept])
    assert not Restriction.objects.exists()


def test_an_objection_ends_with_the_next_agreement(shop: Workspace) -> None:
    kept, absorbed = make_people(shop, 2)
    assert services.object_to_profiling(workspace=shop, contact_id=absorbed)
    assert not services.object_to_profiling(workspace=shop, contact_id=absorbed)
    merge_contacts(workspace=shop, keep_id=kept, absorb_id=absorbed, reason="member")
    assert queries.objectors(shop, [kept, absorbed]) == {kept}, "the person of the merged contact objects"
    services.grant(workspace=shop, contact_ids=[kept], statement=ConsentStatement("service", "form", evidence={"x": 1}))
    assert queries.objection_of(shop, kept) is not None
    give_consent(shop, [kept])
    assert queries.objection_of(shop, kept) is None
    services.object_to_profiling(workspace=shop, contact_id=kept)
    erase_contacts(workspace=shop, ids=[kept])
    assert not Objection.objects.exists()


def _stopped(shop: Workspace) -> int:
    (person,) = make_people(shop, 1)
    give_consent(shop, [person])
    evidence = {"text": SAID, "message": 7, "keyword": "berhenti"}
    services.withdraw(
        workspace=shop, contact_ids=[person], statement=ConsentStatement("marketing", "stop_word", evidence=evidence)
    )
    return person


def test_an_erasure_removes_the_words_and_keeps_the_proof(shop: Workspace) -> None:
    person = _stopped(shop)
    hashes = list(ConsentEvent.objects.order_by("seq").values_list("hash", flat=True))
    erase_contacts(workspace=shop, ids=[person])
    entry = ConsentEvent.objects.get(seq=2)
    assert entry.evidence == {"message": 7, "keyword": "berhenti"}
    assert list(ConsentEvent.objects.filter(seq__lte=2).order_by("seq").values_list("hash", flat=True)) == hashes
    assert queries.verify(shop).whole


@each(
    "change",
    [
        "UPDATE consent_consentevent SET action = 'granted' WHERE seq = 2",
        "UPDATE consent_consentevent SET evidence = '{\"message\": 8}' WHERE seq = 2",
        "UPDATE consent_consentevent SET redaction = '' WHERE seq = 2",
        "UPDATE consent_consentevent SET redaction = repeat('a', 64), source = 'member' WHERE seq = 1",
    ],
    undone=True,
)
def test_a_forged_redaction_is_found(shop: Workspace, change: str) -> None:
    erase_contacts(workspace=shop, ids=[_stopped(shop)])
    tamper(change)
    assert not queries.verify(shop).whole


@each(
    "change",
    [
        "evidence = '{\"text\": \"lain\"}', redaction = repeat('a', 64)",
        "evidence = '{}', redaction = 'x'",
        "action = 'granted', redaction = repeat('a', 64)",
        "evidence = '{}'",
    ],
    undone=True,
)
def test_the_database_permits_only_the_removal_of_evidence(shop: Workspace, change: str) -> None:
    _stopped(shop)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE consent_consentevent SET {change} WHERE seq = 2")
