"""Effects on consent of a new workspace, an import and an erasure."""

import pytest
from django.db import connection

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import create_workspace
from wabolt.consent import queries, signals
from wabolt.consent.models import ConsentEvent, Keyword, Suppression
from wabolt.consent.queries import match_keyword, verify
from wabolt.consent.tests.factories import give_consent, make_people, say_stop
from wabolt.contacts.signals import Permissions, contacts_erased, contacts_staged, refusals_counted
from wabolt.imports.models import Import

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Workspace:
    owner = User.objects.create_user("sari@example.com", "kopi-tubruk-panas")
    return create_workspace(name="Gaya Nusantara", owner=owner)


def stage(shop: Workspace, rows: list[tuple[int, int, str | None]], **options: str) -> int:
    """Sends one chunk of an import as contacts does. Returns how many consents were granted."""
    return stage_known(shop, rows, **options).granted


def stage_known(
    shop: Workspace, rows: list[tuple[int, int, str | None]], *, is_new: bool = False, **options: str
) -> Permissions:
    imported = Import.objects.create(
        workspace=shop, kind="contacts", filename="kontak.csv", size=1, sha256="0" * 64, options=options
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS import_stage")
        cursor.execute(
            "CREATE TEMP TABLE import_stage (row bigint, contact_id bigint, is_new bool, consent text, phone text)"
        )
        cursor.executemany(f"INSERT INTO import_stage VALUES (%s, %s, {is_new}, %s, NULL)", rows)
    answers = contacts_staged.send(Import, imported=imported, table="import_stage")
    (found,) = [answer for _receiver, answer in answers if isinstance(answer, Permissions)]
    return found


def test_new_workspace_has_words_and_a_wording(shop: Workspace) -> None:
    assert match_keyword(shop, "Berhenti langganan!") == "stop"
    assert match_keyword(shop, "join gaya nusantara") == "start"
    assert Keyword.objects.filter(workspace=shop).count() > 40
    wording = queries.current_wording(shop)
    assert wording is not None
    assert "Gaya Nusantara" in wording.text


def test_import_grants_only_rows_with_a_yes_and_a_stated_way(shop: Workspace) -> None:
    yes, no, empty, stopped = make_people(shop, 4)
    say_stop(shop, [stopped])
    rows = [(1, yes, "yes"), (2, no, "no"), (3, empty, None), (4, stopped, "yes")]
    assert stage(shop, rows) == 0
    assert stage(shop, rows, consent_statement="  ") == 0
    assert stage(shop, rows, consent_statement="Formulir di kasir, Maret 2026") == 1
    entry = ConsentEvent.objects.latest("seq")
    assert entry.contact_id == yes
    assert entry.evidence["statement"] == "Formulir di kasir, Maret 2026"
    assert entry.evidence["row"] == 1
    assert queries.consent_of(shop, stopped).state == "withdrawn"
    assert stage(shop, rows, consent_statement="Formulir di kasir, Maret 2026") == 0
    assert verify(shop).whole


def test_two_rows_of_one_person_make_one_grant(shop: Workspace) -> None:
    (person,) = make_people(shop, 1)
    assert stage(shop, [(7, person, "yes"), (3, person, "yes")], consent_statement="Formulir") == 1
    assert ConsentEvent.objects.get().evidence["row"] == 3


def test_no_in_a_file_ends_a_permission_and_is_its_own_evidence(shop: Workspace) -> None:
    agreed, never, stopped, silent = make_people(shop, 4)
    give_consent(shop, [agreed, silent])
    say_stop(shop, [stopped])
    rows = [(9, agreed, "no"), (2, agreed, "no"), (3, never, "no"), (4, stopped, "no"), (5, silent, None)]
    assert refusals_counted.send(Import, workspace=shop, contact_ids=[agreed, never, stopped])[0][1] == 1
    withdrawn: list[int] = []

    def hear(contact_ids: list[int], **_: object) -> None:
        withdrawn.extend(contact_ids)

    signals.consent_withdrawn.connect(hear)
    try:
        assert stage_known(shop, rows) == Permissions(0, [2])
        assert stage_known(shop, rows) == Permissions(0, [])
    finally:
        signals.consent_withdrawn.disconnect(hear)
    assert withdrawn == [agreed]
    entry = ConsentEvent.objects.latest("seq")
    assert (entry.contact_id, entry.action, entry.source, entry.evidence["row"]) == (agreed, "withdrawn", "import", 2)
    assert queries.consent_of(shop, agreed).suppressed
    assert queries.consent_of(shop, never) == queries.NEVER_ASKED
    assert queries.consent_of(shop, silent).allowed
    assert stage(shop, [(2, agreed, "yes")], consent_statement="Formulir") == 0
    assert stage(shop, [(3, never, "yes")], consent_statement="Formulir") == 1
    assert verify(shop).whole


def test_erasure_ends_the_consent_and_adds_no_suppression(shop: Workspace) -> None:
    agreed, stopped, never = make_people(shop, 3)
    give_consent(shop, [agreed])
    say_stop(shop, [stopped])
    withdrawn: list[int] = []

    def hear(contact_ids: list[int], **_: object) -> None:
        withdrawn.extend(contact_ids)

    signals.consent_withdrawn.connect(hear)
    try:
        contacts_erased.send(Workspace, workspace=shop, contact_ids=[agreed, stopped, never])
    finally:
        signals.consent_withdrawn.disconnect(hear)
    assert withdrawn == [agreed]
    assert queries.consent_of(shop, agreed).source == "erasure"
    assert Suppression.objects.count() == 1
    assert verify(shop).whole
