"""Granting and withdrawing for one contact or many. A person who stopped stays out."""

import pytest
from django.db import DatabaseError, connection
from tests.cases import each

from wabolt.accounts.models import Workspace
from wabolt.accounts.tests.factories import make_workspace
from wabolt.consent import queries, signals
from wabolt.consent.models import Consent, ConsentEvent, ConsentHead, Purpose, Suppression
from wabolt.consent.services import ConsentStatement, add_wording, grant, reapply_stops, withdraw
from wabolt.consent.tests.factories import give_consent, make_people, say_stop
from wabolt.contacts.models import Event, Identity

pytestmark = pytest.mark.django_db


def allowed(workspace: Workspace) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id FROM contacts_contact c WHERE c.workspace_id = %(workspace)s"
            f" AND {queries.MARKETING_ALLOWED_SQL}",
            {"workspace": workspace.pk},
        )
        return {row[0] for row in cursor}


def refusals(workspace: Workspace) -> dict[int, str | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id, {queries.MARKETING_REFUSAL_SQL} FROM contacts_contact c WHERE workspace_id = %(workspace)s",
            {"workspace": workspace.pk},
        )
        return dict(cursor.fetchall())


def test_grant_records_ledger_state_and_contact_log() -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    wording = add_wording(workspace=workspace, purpose=Purpose.MARKETING, text="Saya mau promo")
    outcome = grant(
        workspace=workspace,
        contact_ids=[person],
        statement=ConsentStatement(Purpose.MARKETING, "form", evidence={"page": "/daftar"}, wording=wording),
    )
    assert outcome.recorded == [person]
    entry = ConsentEvent.objects.get()
    assert (entry.seq, entry.action, entry.source, entry.evidence) == (1, "granted", "form", {"page": "/daftar"})
    assert entry.wording == wording
    consent = Consent.objects.get()
    assert (consent.state, consent.event, consent.since) == ("granted", entry, entry.at)
    event = Event.objects.get()
    assert (event.kind, event.contact_id, event.time) == ("consent_granted", person, entry.at)
    head = ConsentHead.objects.get()
    assert (head.seq, head.hash) == (1, entry.hash)
    assert allowed(workspace) == {person}


def test_withdrawal_suppresses_every_address_and_sends_its_signal_in_the_transaction() -> None:
    workspace = make_workspace()
    person, other = make_people(workspace, 2)
    Identity.objects.create(workspace=workspace, contact_id=person, kind="lid", value="987")
    give_consent(workspace, [person, other])
    heard = []

    def hear(workspace: Workspace, contact_ids: list[int], purpose: str, **kwargs: object) -> None:
        heard.append((workspace, contact_ids, purpose, connection.in_atomic_block))

    signals.consent_withdrawn.connect(hear)
    try:
        say_stop(workspace, [person])
    finally:
        signals.consent_withdrawn.disconnect(hear)
    assert heard == [(workspace, [person], "marketing", True)]
    assert set(Suppression.objects.values_list("kind", "value")) == {("phone", "+628120000000"), ("lid", "987")}
    assert allowed(workspace) == {other}
    assert refusals(workspace) == {person: "opted_out", other: None}


@each("source", ["import", "member", "restore"], undone=True)
def test_stop_is_undone_only_by_the_person(source: str) -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    say_stop(workspace, [person])
    outcome = give_consent(workspace, [person], source=source)
    assert outcome.refused == [person]
    assert not queries.consent_of(workspace, person).allowed


@each("source", ["start_word", "form"], undone=True)
def test_own_new_yes_lifts_the_suppression(source: str) -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    say_stop(workspace, [person])
    assert give_consent(workspace, [person], source=source).recorded == [person]
    assert not Suppression.objects.exists()
    assert queries.consent_of(workspace, person).allowed


def test_stop_survives_erasure_and_reimport() -> None:
    """The address stays suppressed after an erasure: a re-import creates a new contact with the old number."""
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    say_stop(workspace, [person])
    Identity.objects.filter(contact_id=person).delete()
    (again,) = make_people(workspace, 1)
    assert give_consent(workspace, [again], source="import").refused == [again]
    assert allowed(workspace) == set()
    assert refusals(workspace)[again] == "suppressed_number"


def test_stop_survives_a_merge() -> None:
    """The number of a person who stopped moves to a contact that had agreed: the merged contact gets no promotions."""
    workspace = make_workspace()
    stopped, agreed = make_people(workspace, 2)
    say_stop(workspace, [stopped])
    give_consent(workspace, [agreed])
    Identity.objects.filter(contact_id=stopped).update(contact_id=agreed)
    assert allowed(workspace) == set()
    assert refusals(workspace)[agreed] == "suppressed_number"


def test_stop_is_reapplied_after_a_restore() -> None:
    workspace = make_workspace()
    person, other = make_people(workspace, 2)
    give_consent(workspace, [person, other])
    stops = [("phone", "+628120000000", "stop_word", ConsentEvent.objects.first().at)]
    assert reapply_stops(workspace=workspace, stops=stops) == 1
    assert reapply_stops(workspace=workspace, stops=stops) == 0
    assert allowed(workspace) == {other}
    assert queries.ledger(workspace, person)[0].source == "restore"
    assert ConsentEvent.objects.count() == 3


def test_second_import_changes_nothing() -> None:
    workspace = make_workspace()
    people = make_people(workspace, 3)
    give_consent(workspace, people[:1])
    statement = ConsentStatement(Purpose.MARKETING, "import")
    first = grant(workspace=workspace, contact_ids=people, statement=statement, renew=False)
    second = grant(workspace=workspace, contact_ids=people, statement=statement, renew=False)
    assert (first.recorded, first.unchanged) == (people[1:], people[:1])
    assert (second.recorded, second.unchanged) == ([], people)
    assert ConsentEvent.objects.count() == 3


def test_evidence_may_differ_per_contact() -> None:
    workspace = make_workspace()
    one, two = make_people(workspace, 2)
    grant(
        workspace=workspace,
        contact_ids=[one, two],
        statement=ConsentStatement(
            Purpose.MARKETING, "import", evidence={"import": 7}, evidence_of={one: {"row": 1}, two: {"row": 2}}
        ),
    )
    assert [e.evidence for e in ConsentEvent.objects.order_by("seq")] == [
        {"import": 7, "row": 1},
        {"import": 7, "row": 2},
    ]


def test_contacts_of_another_workspace_are_left_alone() -> None:
    workspace, other = make_workspace(), make_workspace("Lain")
    (stranger,) = make_people(other, 1)
    assert give_consent(workspace, [stranger]).recorded == []
    assert say_stop(workspace, [stranger]).recorded == []
    assert not ConsentEvent.objects.exists()
    assert not Suppression.objects.exists()


def test_withdrawing_service_messages_keeps_promotions() -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    give_consent(workspace, [person])
    withdraw(workspace=workspace, contact_ids=[person], statement=ConsentStatement(Purpose.SERVICE, "member"))
    assert queries.consent_of(workspace, person).allowed
    assert queries.consent_of(workspace, person, Purpose.SERVICE).state == "withdrawn"


def test_renewed_yes_keeps_the_first_moment() -> None:
    workspace = make_workspace()
    (person,) = make_people(workspace, 1)
    give_consent(workspace, [person])
    since = Consent.objects.get().since
    give_consent(workspace, [person])
    consent = Consent.objects.get()
    assert consent.since == since
    assert consent.event.seq == 2


def test_number_of_queries_does_not_grow_with_the_contacts() -> None:
    workspace = make_workspace()
    people = make_people(workspace, 3)
    give_consent(workspace, people)
    counters = []
    for some in (people[:1], people):
        counter = _Counter()
        with connection.execute_wrapper(counter):
            say_stop(workspace, some)
        counters.append(counter.count)
    assert counters[0] == counters[1]


class _Counter:
    count = 0

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        self.count += 1
        return execute(sql, params, many, context)


@each("statement", ["UPDATE consent_consentevent SET source = 'x'", "DELETE FROM consent_consentevent"], undone=True)
def test_ledger_cannot_be_changed(statement: str) -> None:
    workspace = make_workspace()
    give_consent(workspace, make_people(workspace, 1))
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_used_wording_cannot_be_edited() -> None:
    wording = add_wording(workspace=make_workspace(), purpose=Purpose.MARKETING, text="Saya mau")
    wording.text = "Saya mau semuanya"
    with pytest.raises(DatabaseError, match="never edited"):
        wording.save()
