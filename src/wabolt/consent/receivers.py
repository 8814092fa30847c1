"""Effects on consent of events in the rooms below. Connected in `ConsentConfig.ready`."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection
from django.dispatch import receiver

from wabolt.accounts.models import Workspace
from wabolt.accounts.signals import workspace_created
from wabolt.consent.models import (
    Consent,
    ConsentEvent,
    ConsentHead,
    Objection,
    Purpose,
    Restriction,
    StopDoubt,
    Suppression,
)
from wabolt.consent.queries import consent_of, suppressed_values
from wabolt.consent.services import (
    ConsentStatement,
    clear_doubts,
    create_defaults,
    grant,
    hide_suppressed,
    hold_for_doubt,
    object_to_profiling,
    reapply_stops,
    redact_evidence,
    restrict,
    show_suppressed,
    withdraw,
)
from wabolt.contacts.models import Contact, Identity, Merge
from wabolt.contacts.queries import erased_identities
from wabolt.contacts.services import log_erasure
from wabolt.contacts.signals import (
    Permissions,
    contacts_erased,
    contacts_merged,
    contacts_parted,
    contacts_staged,
    erased_returned,
    identities_replaced,
    refusals_counted,
)
from wabolt.imports.models import Import
from wabolt.lib.restore import Restore, database_restored

MERGE = "merge"
"""Source of entries after a merge or its undo."""
MOVE = Merge.Reason.NUMBER_CHANGED.value
"""Source of entries after a change of the number."""
Pair = tuple[str, str]
Hold = Restriction | Objection | StopDoubt
HOLDS: Mapping[str, type[Hold]] = {"restriction": Restriction, "objection": Objection, "doubt": StopDoubt}


@receiver(workspace_created)
def create_defaults_of_new(workspace: Workspace, **_: Any) -> None:
    create_defaults(workspace=workspace)


@receiver(contacts_staged)
def apply_imported(imported: Import, table: str, **_: Any) -> Permissions:
    """Writes the consents and withdrawals of an import chunk into the ledger.

    A yes counts when the importer stated how it was given and the person has neither agreed nor stopped before. A no
    needs no statement. It ends a granted consent. A person who was never asked has no consent to end and may still
    agree, unless the file says that the person has left the promotions.
    """
    return Permissions(_grant_imported(imported, table), _end_imported(imported, table))


def _grant_imported(imported: Import, table: str) -> int:
    statement = str(imported.options.get("consent_statement") or "").strip()
    if not statement:
        return 0
    quoted = connection.ops.quote_name(table)
    rows = _rows(f"SELECT contact_id, min(row) FROM {quoted} WHERE consent = 'yes' GROUP BY contact_id ORDER BY 2")
    if not rows:
        return 0
    outcome = grant(
        workspace=imported.workspace,
        contact_ids=rows,
        statement=ConsentStatement(
            Purpose.MARKETING,
            "import",
            evidence={"import": imported.pk, "statement": statement},
            evidence_of={contact_id: {"row": row} for contact_id, row in rows.items()},
            actor=imported.created_by,
        ),
        renew=False,
    )
    return len(outcome.recorded)


def _end_imported(imported: Import, table: str) -> list[int]:
    """Ends consents. Returns the import rows that ended one.

    A person who has left the promotions ("out") is withdrawn also without a consent: a later file with a yes grants
    nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.contact_id, min(s.row), bool_or(k.state = 'granted')
            FROM {connection.ops.quote_name(table)} s
            LEFT JOIN consent_consent k ON k.contact_id = s.contact_id AND k.purpose = 'marketing'
            WHERE (s.consent = 'no' AND k.state = 'granted' AND NOT s.is_new) OR s.consent = 'out'
            GROUP BY s.contact_id ORDER BY 2
            """
        )
        found = cursor.fetchall()
    if not found:
        return []
    rows = {contact_id: row for contact_id, row, _granted_before in found}
    granted = {contact_id for contact_id, _row, granted_before in found if granted_before}
    outcome = withdraw(
        workspace=imported.workspace,
        contact_ids=rows,
        statement=ConsentStatement(
            Purpose.MARKETING,
            "import",
            evidence={"import": imported.pk},
            evidence_of={contact_id: {"row": row} for contact_id, row in rows.items()},
            actor=imported.created_by,
        ),
        renew=False,
    )
    return [rows[contact_id] for contact_id in outcome.recorded if contact_id in granted]


def _rows(query: str) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return dict(cursor.fetchall())


@receiver(refusals_counted)
def count_refusals(workspace: Workspace, contact_ids: list[int], **_: Any) -> int:
    """Counts the contacts whose granted consent a no would end."""
    return len(_granted(workspace, contact_ids, Purpose.MARKETING))


@receiver(contacts_erased)
def end_for_erased(workspace: Workspace, contact_ids: list[int], **_: Any) -> None:
    """Ends the consents of erased people and stores their suppressed addresses as pseudonyms.

    An erasure is not a stop, so it suppresses no further address.
    """
    for purpose in Purpose.values:
        status = _granted(workspace, contact_ids, purpose)
        withdraw(
            workspace=workspace, contact_ids=status, statement=ConsentStatement(purpose, "erasure"), suppress=False
        )
    clear_doubts(workspace=workspace, contact_ids=contact_ids)
    redact_evidence(workspace=workspace, contact_ids=contact_ids)
    addresses = Identity.objects.filter(workspace=workspace, contact_id__in=contact_ids).values_list("kind", "value")
    hide_suppressed(workspace=workspace, addresses=list(addresses))


@receiver(erased_returned)
def restore_suppressions(workspace: Workspace, identities: Sequence[Pair], **_: Any) -> None:
    """Replaces pseudonyms by addresses when a contact gets the address of an erased person."""
    show_suppressed(workspace=workspace, addresses=identities)


def _granted(workspace: Workspace, contact_ids: list[int], purpose: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contact_id FROM consent_consent"
            " WHERE workspace_id = %s AND contact_id = ANY(%s) AND purpose = %s AND state = 'granted'",
            [workspace.pk, contact_ids, purpose],
        )
        return [row[0] for row in cursor]


@receiver(contacts_merged)
def merge_consents(
    workspace: Workspace, kept_id: int, absorbed_id: int, moved: Mapping[str, Any], **_: Any
) -> dict[str, Any]:
    """Combines the consents of two merged contacts.

    A stop of either contact applies to the merged one. A consent of the absorbed contact counts if the kept contact
    has neither agreed nor stopped. Returns the state before the merge, for an undo.
    """
    word = Consent.objects.filter(workspace=workspace, purpose=Purpose.MARKETING)
    states = dict(word.filter(contact__in=[kept_id, absorbed_id]).values_list("contact_id", "state"))
    brought = _stopped_addresses(workspace, kept_id).intersection(moved.get("contacts_identity", ()))
    if brought and states.get(absorbed_id) == ConsentEvent.Action.GRANTED:
        # The contact agreed once, but one of its addresses is suppressed: the withdrawal stays after an undo.
        withdraw(**_merge_arguments(workspace, absorbed_id, kept_id), renew=False, suppress=False)
    if states.get(kept_id) == ConsentEvent.Action.WITHDRAWN:
        pass  # the stop holds already, and the absorbed contact's addresses need no suppression
    elif states.get(absorbed_id) == ConsentEvent.Action.WITHDRAWN or _stopped_addresses(workspace, kept_id):
        withdraw(**_merge_arguments(workspace, kept_id, absorbed_id), renew=False)
    elif states.get(absorbed_id) == ConsentEvent.Action.GRANTED and kept_id not in states:
        grant(**_merge_arguments(workspace, kept_id, absorbed_id), renew=False)
    end = ConsentHead.objects.filter(workspace=workspace).values_list("seq", flat=True).first() or 0
    held = {name: _held_before(model, kept_id, absorbed_id, moved) for name, model in HOLDS.items()}
    return {"consent": {"seq": end, "state": states.get(kept_id)}, "holds": held}


def _held_before(model: type[Hold], kept_id: int, absorbed_id: int, moved: Mapping[str, Any]) -> list[int]:
    """The contacts of a merge that had a row of `model` before it."""
    rows = model.objects.filter(contact__in=[kept_id, absorbed_id]).values_list("pk", "contact_id")
    from_absorbed = set(moved.get(model._meta.db_table, ()))
    return sorted({absorbed_id if pk in from_absorbed else contact_id for pk, contact_id in rows})


@receiver(contacts_parted)
def separate_consents(workspace: Workspace, kept_id: int, absorbed_id: int, noted: Mapping[str, Any], **_: Any) -> None:
    """Withdraws a consent whose giver is unknown after a merge is undone.

    Such a consent came with the absorbed contact or was given between merge and undo. An earlier consent of the kept
    contact stays. A stop between merge and undo applies to both contacts.
    """
    before = noted.get("consent", {})
    since = ConsentEvent.objects.filter(
        workspace=workspace, contact=kept_id, purpose=Purpose.MARKETING, seq__gt=before.get("seq", 0)
    )
    if before and since.filter(action=ConsentEvent.Action.WITHDRAWN).exists():
        for contact_id, other in ((kept_id, absorbed_id), (absorbed_id, kept_id)):
            withdraw(**_merge_arguments(workspace, contact_id, other), renew=False)
    elif before.get("state") != ConsentEvent.Action.GRANTED:
        present = Consent.objects.filter(workspace=workspace, contact=kept_id, purpose=Purpose.MARKETING)
        came = present.filter(state="granted") if before else present.filter(state="granted", source=MERGE)
        if came.exists():
            had_stopped = before.get("state") == ConsentEvent.Action.WITHDRAWN
            withdraw(**_merge_arguments(workspace, kept_id, absorbed_id), suppress=had_stopped)
    _separate_holds(workspace, kept_id, absorbed_id, noted.get("holds", {}))


def _separate_holds(workspace: Workspace, kept_id: int, absorbed_id: int, before: Mapping[str, list[int]]) -> None:
    """Applies a hold that began between merge and undo to both contacts, because its author is unknown. An objection
    from before the merge holds again: the agreement that ended it may be of the other person."""
    for contact_id in before.get("objection", ()):
        object_to_profiling(workspace=workspace, contact_id=contact_id)
    new = {name for name in before if kept_id not in before[name]}
    if "objection" in new and Objection.objects.filter(contact=kept_id).exists():
        object_to_profiling(workspace=workspace, contact_id=absorbed_id)
    if "restriction" in new and Restriction.objects.filter(contact=kept_id).exists():
        restrict(workspace=workspace, contact_id=absorbed_id)
    doubt = StopDoubt.objects.filter(contact=kept_id).first() if "doubt" in new else None
    if doubt is not None:
        hold_for_doubt(workspace=workspace, contact_id=absorbed_id, evidence=doubt.evidence, at=doubt.since)


@receiver(identities_replaced)
def move_stops(
    workspace: Workspace, contact_id: int | None, old: Sequence[Pair], new: Sequence[Pair], **_: Any
) -> None:
    """Extends a stop to the person's new number. The old number stays suppressed."""
    if contact_id is not None:
        status = consent_of(workspace, contact_id)
        old_stops = any(suppressed_values(workspace, kind, [value]) for kind, value in old)
        if status.stopped or old_stops:
            withdraw(
                workspace=workspace,
                contact_ids=[contact_id],
                statement=ConsentStatement(Purpose.MARKETING, MOVE),
                renew=False,
            )
        return
    # No contact has these addresses, but they may be suppressed after an erasure or an import.
    if any(suppressed_values(workspace, kind, [value]) for kind, value in old):
        stops = [Suppression(workspace=workspace, kind=kind, value=value, reason=MOVE) for kind, value in new]
        Suppression.objects.bulk_create(stops, ignore_conflicts=True)
        if erased_identities(workspace, old):
            log_erasure(workspace=workspace, addresses=new)
            hide_suppressed(workspace=workspace, addresses=new)


@receiver(database_restored)
def reapply_after_restore(restore: Restore, **_: Any) -> None:
    """Restores stops, withdrawals, restrictions and objections that were made after the backup."""
    if restore.previous is None:
        return
    for workspace in Workspace.objects.filter(pk__in=restore.shops):
        suppressed = restore.previous.execute(
            "SELECT kind, value, reason, since FROM consent_suppression WHERE workspace_id = %s ORDER BY id",
            [workspace.pk],
        ).fetchall()
        reapply_stops(workspace=workspace, stops=suppressed)
        withdrawn = restore.previous.execute(
            "SELECT purpose, contact_id FROM consent_consent WHERE workspace_id = %s AND state = 'withdrawn'",
            [workspace.pk],
        ).fetchall()
        for purpose in Purpose.values:
            withdrawn_ids = [contact_id for word, contact_id in withdrawn if word == purpose]
            withdraw(
                workspace=workspace,
                contact_ids=_granted(workspace, withdrawn_ids, purpose),
                statement=ConsentStatement(purpose, "restore"),
                suppress=False,
            )
        for table, repeat in (("consent_restriction", restrict), ("consent_objection", object_to_profiling)):
            for contact_id in _same_people(restore.previous, workspace, table):
                repeat(workspace=workspace, contact_id=contact_id)


def _same_people(previous: "psycopg.Connection[tuple[Any, ...]]", workspace: Workspace, table: str) -> list[int]:
    """Returns the contacts of a table of the previous database. Id and time of creation must match: an id alone may
    belong to another person."""
    row = previous.execute("SELECT to_regclass(%s) IS NOT NULL", [table]).fetchone()
    if row != (True,):  # the previous database is of an earlier version
        return []
    people = previous.execute(
        f"SELECT c.id, c.created_at FROM {table} r JOIN contacts_contact c ON c.id = r.contact_id"
        " WHERE r.workspace_id = %s",
        [workspace.pk],
    ).fetchall()
    there = dict(people)
    found = Contact.objects.filter(workspace=workspace, pk__in=list(there), erased_at=None)
    return [pk for pk, created_at in found.values_list("pk", "created_at") if there[pk] == created_at]


def _merge_arguments(workspace: Workspace, contact_id: int, other_id: int) -> dict[str, Any]:
    statement = ConsentStatement(Purpose.MARKETING, MERGE, evidence={"contact": other_id})
    return {"workspace": workspace, "contact_ids": [contact_id], "statement": statement}


def _stopped_addresses(workspace: Workspace, contact_id: int) -> set[int]:
    """Returns the ids of a contact's identities that are suppressed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.id FROM contacts_identity i JOIN consent_suppression s USING (workspace_id, kind, value)"
            " WHERE i.contact_id = %s AND i.workspace_id = %s",
            [contact_id, workspace.pk],
        )
        return {row[0] for row in cursor}
