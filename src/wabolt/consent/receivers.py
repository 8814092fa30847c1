"""What consent hears from the rooms below it. Connected in `ConsentConfig.ready`."""

from typing import Any

from django.db import connection
from django.dispatch import receiver

from wabolt.accounts.models import Workspace
from wabolt.accounts.signals import workspace_created
from wabolt.consent.models import Consent, ConsentEvent, Purpose
from wabolt.consent.services import create_defaults, grant, withdraw
from wabolt.contacts.models import Import
from wabolt.contacts.signals import contacts_erased, contacts_merged, contacts_parted, contacts_staged

MERGE = "merge"
"""Source of what follows from joining or parting contacts."""


@receiver(workspace_created)
def give_words(workspace: Workspace, **_: Any) -> None:
    create_defaults(workspace=workspace)


@receiver(contacts_staged)
def grant_imported(imported: Import, table: str, **_: Any) -> int:
    """Grants promotions to the people of a chunk whose row says yes, where the importer stated how they said it.

    Who stands "granted" already is left alone and who had stopped stays out. Answers how many were granted.
    """
    statement = str(imported.options.get("consent_statement") or "").strip()
    if not statement:
        return 0
    with connection.cursor() as cursor:
        quoted = connection.ops.quote_name(table)
        cursor.execute(
            f"SELECT contact_id, min(row) FROM {quoted} WHERE consent = 'yes' GROUP BY contact_id ORDER BY 2"
        )
        rows = dict(cursor.fetchall())
    if not rows:
        return 0
    outcome = grant(
        workspace=imported.workspace,
        contact_ids=rows,
        purpose=Purpose.MARKETING,
        source="import",
        evidence={"import": imported.pk, "statement": statement},
        evidence_of={contact_id: {"row": row} for contact_id, row in rows.items()},
        actor=imported.created_by,
        renew=False,
    )
    return len(outcome.recorded)


@receiver(contacts_erased)
def end_with_erasure(workspace: Workspace, contact_ids: list[int], **_: Any) -> None:
    """An erased person may not be written to. Nobody said stop, so no address is suppressed that was not before."""
    for purpose in Purpose.values:
        standing = _standing(workspace, contact_ids, purpose)
        withdraw(
            workspace=workspace, contact_ids=standing, purpose=purpose, source="erasure", evidence={}, suppress=False
        )


def _standing(workspace: Workspace, contact_ids: list[int], purpose: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contact_id FROM consent_consent"
            " WHERE workspace_id = %s AND contact_id = ANY(%s) AND purpose = %s AND state = 'granted'",
            [workspace.pk, contact_ids, purpose],
        )
        return [row[0] for row in cursor]


@receiver(contacts_merged)
def carry_the_word(workspace: Workspace, kept_id: int, absorbed_id: int, **_: Any) -> None:
    """One person has one word: a stop of either holds for both, and a yes of the absorbed one counts where the kept
    one has said nothing."""
    word = Consent.objects.filter(workspace=workspace, purpose=Purpose.MARKETING)
    states = dict(word.filter(contact__in=[kept_id, absorbed_id]).values_list("contact_id", "state"))
    given: dict[str, Any] = {
        "workspace": workspace,
        "contact_ids": [kept_id],
        "purpose": Purpose.MARKETING,
        "source": MERGE,
        "evidence": {"contact": absorbed_id},
    }
    if states.get(absorbed_id) == ConsentEvent.Action.WITHDRAWN:
        withdraw(**given, renew=False)
    elif states.get(absorbed_id) == ConsentEvent.Action.GRANTED and kept_id not in states:
        grant(**given, renew=False)


@receiver(contacts_parted)
def take_back_the_yes(workspace: Workspace, kept_id: int, **_: Any) -> None:
    """A yes that only came with a joined contact goes with it; a stop stays, whoever said it."""
    came = Consent.objects.filter(workspace=workspace, contact=kept_id, state="granted", source=MERGE)
    for purpose in came.values_list("purpose", flat=True):
        withdraw(workspace=workspace, contact_ids=[kept_id], purpose=purpose, source=MERGE, evidence={}, suppress=False)
