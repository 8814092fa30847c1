"""Writing the ledger, for one contact or 100,000, with a fixed number of statements.

The row lock of ConsentHead makes the writers of a workspace take turns, so the chain has no forks. The lock is held
until the end of the caller's transaction, so a long transaction should write consent late.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audits
from wabolt.consent import queries, rules, signals
from wabolt.consent.models import ConsentEvent, ConsentHead, Objection, Purpose, Suppression, Wording
from wabolt.lib import clock
from wabolt.lib.phone_variants import COUNTRIES, variants
from wabolt.lib.sql import copy_text

GRANTED, WITHDRAWN = ConsentEvent.Action.GRANTED.value, ConsentEvent.Action.WITHDRAWN.value


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of `grant` or `withdraw`, as ids of contacts.

    `recorded`: contacts with a new ledger entry. `unchanged`: contacts that already had the state. `refused`: contacts
    who had stopped and can return only by their own act. Contacts of other workspaces are in no list.
    """

    recorded: list[int]
    unchanged: list[int]
    refused: list[int]


@dataclass(frozen=True, slots=True)
class ConsentStatement:
    """A statement of contacts about one purpose, and its proof: the common part of all ledger entries of one call.

    `source`: how they said it, such as "stop_word" or "import". `evidence` is plain JSON without names or numbers,
    because it outlives an erasure. It applies to all contacts; `evidence_of` adds to it per contact id. `wording`: the
    text that they agreed to. `at`: aware; None means now.
    """

    purpose: str
    source: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    evidence_of: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    wording: Wording | None = None
    actor: User | None = None
    at: datetime | None = None


def grant(
    *, workspace: Workspace, contact_ids: Iterable[int], statement: ConsentStatement, renew: bool = True
) -> Outcome:
    """Records that these contacts agree: ledger, current state and events, in one transaction.

    `renew=False` skips contacts whose state is "granted" already, as a second import needs.

    A contact that has stopped or has a suppressed address is refused, unless `statement.source` is the person's own act
    (rules.OWN_WORDS). Then the suppression of all their addresses is lifted. Raises TypeError for evidence that is not
    plain JSON.
    """
    batch = _Batch(workspace, GRANTED, statement)
    with transaction.atomic():
        outcome = _grant(workspace, dict.fromkeys(contact_ids, batch), renew=renew)
        _audit_heard(workspace, "consent.grant", statement, outcome)
    return outcome


@transaction.atomic
def grant_each(*, workspace: Workspace, statements: Mapping[int, ConsentStatement], renew: bool = True) -> Outcome:
    """As `grant`, for contacts who each have a statement of their own: {contact id: statement}.

    Raises ValueError for statements about two purposes.
    """
    if len({statement.purpose for statement in statements.values()}) > 1:
        raise ValueError("statements about two purposes")
    batches = {contact_id: _Batch(workspace, GRANTED, statement) for contact_id, statement in statements.items()}
    return _grant(workspace, batches, renew=renew)


def _grant(workspace: Workspace, batches: "Mapping[int, _Batch]", *, renew: bool) -> Outcome:
    outcome = Outcome([], [], [])
    if not batches:
        return outcome
    purpose = next(iter(batches.values())).common.purpose
    head = _lock_head(workspace)
    current = queries.states(workspace, batches, purpose)
    suppressed = []
    for contact_id, batch in batches.items():
        if contact_id not in current:
            continue
        state, is_suppressed = current[contact_id]
        if batch.common.source not in rules.OWN_WORDS and (is_suppressed or state == WITHDRAWN):
            outcome.refused.append(contact_id)
        elif state == GRANTED and not renew and not is_suppressed:
            outcome.unchanged.append(contact_id)
        else:
            outcome.recorded.append(contact_id)
            if is_suppressed:
                suppressed.append(contact_id)
    _lift_suppression(workspace, suppressed)
    _append(head, workspace, [(contact_id, batches[contact_id]) for contact_id in outcome.recorded])
    if outcome.recorded:
        if purpose == Purpose.MARKETING:
            Objection.objects.filter(workspace=workspace, contact__in=outcome.recorded).delete()
        signals.consent_granted.send(Workspace, workspace=workspace, contact_ids=outcome.recorded, purpose=purpose)
    return outcome


@transaction.atomic
def withdraw(
    *,
    workspace: Workspace,
    contact_ids: Iterable[int],
    statement: ConsentStatement,
    suppress: bool = True,
    renew: bool = True,
) -> Outcome:
    """Records that these contacts withdraw, whether or not they had agreed.

    Sends `signals.consent_withdrawn` in the same transaction. No contact is refused. `renew=False` skips contacts whose
    state is "withdrawn" already. It does not skip a merged contact that withdrew before the merge: this stop may be
    the other person's, and an undo of the merge must find it in the ledger (`receivers.separate_consents`).

    A withdrawal of promotions suppresses every address of the contact, so that it survives re-import, merge, erasure
    and restore. `suppress=False` is for an erasure, which is no stop. Raises TypeError as `grant` does.
    """
    batch = _Batch(workspace, WITHDRAWN, statement)
    head = _lock_head(workspace)
    unique_ids = list(dict.fromkeys(contact_ids))
    current = queries.states(workspace, unique_ids, statement.purpose)
    repeats = set() if renew else {contact_id for contact_id, (state, _) in current.items() if state == WITHDRAWN}
    if repeats and statement.purpose == Purpose.MARKETING:
        repeats -= queries.decided_before_merge(workspace, repeats)
    outcome = Outcome([], [], [])
    for contact_id in unique_ids:
        if contact_id in current:
            (outcome.unchanged if contact_id in repeats else outcome.recorded).append(contact_id)
    if suppress and statement.purpose == Purpose.MARKETING:
        _suppress(workspace, [*outcome.recorded, *outcome.unchanged], statement.source, batch.at)
    _append(head, workspace, [(contact_id, batch) for contact_id in outcome.recorded])
    if outcome.recorded:
        signals.consent_withdrawn.send(
            Workspace, workspace=workspace, contact_ids=outcome.recorded, purpose=statement.purpose
        )
    _audit_heard(workspace, "consent.withdraw", statement, outcome)
    return outcome


@transaction.atomic
def reapply_stops(*, workspace: Workspace, stops: Sequence[tuple[str, str, str, datetime]]) -> int:
    """Adds the suppressed addresses (kind, value, reason, since) that a restored backup does not hold.

    Contacts with these addresses are withdrawn with the source "restore". Returns how many addresses were missing.
    """
    known = Suppression.objects.filter(workspace=workspace)
    before = known.count()
    rows = [Suppression(workspace=workspace, kind=k, value=v, reason=r, since=s) for k, v, r, s in stops]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT i.contact_id FROM contacts_identity i
            JOIN consent_suppression s USING (workspace_id, kind, value)
            WHERE i.workspace_id = %s
            """,
            [workspace.pk],
        )
        owners = [row[0] for row in cursor]
    withdraw(
        workspace=workspace, contact_ids=owners, statement=ConsentStatement(Purpose.MARKETING, "restore"), renew=False
    )
    return known.count() - before


def _audit_heard(workspace: Workspace, action: str, statement: ConsentStatement, outcome: Outcome) -> None:
    """Adds an audit entry for each contact whose statement a member recorded. Acts of the people themselves are only in
    the ledger."""
    if statement.source == "member":
        targets = [("contact", contact_id) for contact_id in outcome.recorded]
        data = {"purpose": str(statement.purpose)}
        record_audits(workspace=workspace, actor=statement.actor, action=action, targets=targets, data=data)


def _lock_head(workspace: Workspace) -> ConsentHead:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO consent_consenthead AS head (workspace_id, seq, hash) VALUES (%s, 0, '')"
            " ON CONFLICT (workspace_id) DO UPDATE SET seq = head.seq RETURNING seq, hash",
            [workspace.pk],
        )
        seq, last = cursor.fetchone()
    return ConsentHead(workspace=workspace, seq=seq, hash=last)


class _Batch:
    """The common part of the entries of one statement, encoded once."""

    __slots__ = ("after", "at", "common", "evidence", "evidence_of", "middle", "sealer", "shared")

    def __init__(self, workspace: Workspace, action: str, statement: ConsentStatement) -> None:
        wording, actor = statement.wording, statement.actor
        self.at = statement.at or clock.now()
        self.evidence = rules.plain_evidence(statement.evidence)
        self.evidence_of = statement.evidence_of
        self.common = rules.CommonPart(
            workspace.pk,
            statement.purpose,
            action,
            statement.source,
            rules.wording_digest(wording.text) if wording else None,
            actor.pk if actor else None,
            self.at,
        )
        self.sealer = rules.Sealer(self.common)
        self.shared = rules.canonical(self.evidence)
        # The rows of COPY before and after the evidence (`_copy`).
        self.middle = f"\t{copy_text(statement.purpose)}\t{action}\t{copy_text(statement.source)}\t"
        self.middle += f"{wording.pk if wording else _NULL}\t"
        self.after = f"\t{_NULL if actor is None else actor.pk}\t{self.at.isoformat()}\t"

    def evidence_json(self, contact_id: int) -> str:
        """Returns the evidence of one contact as canonical JSON."""
        more = self.evidence_of.get(contact_id)
        return rules.canonical({**self.evidence, **rules.plain_evidence(more)}) if more else self.shared


def _append(head: ConsentHead, workspace: Workspace, entries: Sequence[tuple[int, _Batch]]) -> None:
    """Appends one hashed entry per contact after `head` (locked), then updates the end of the chain, the current states
    of the contacts, and the event log."""
    if not entries:
        return
    first_seq = head.seq + 1
    with connection.cursor() as cursor:
        last_hash = _copy(cursor, head, entries)
        last = head.seq + len(entries)
        span: dict[str, int | str] = {"workspace": workspace.pk, "first": first_seq, "last": last, "hash": last_hash}
        # contacts.services.record_events takes rows from Python. These 100,000 rows stay in the database.
        cursor.execute(_APPLY, span)


def _copy(cursor: CursorWrapper, head: ConsentHead, entries: Sequence[tuple[int, _Batch]]) -> str:
    """Copies one hashed entry per contact into the ledger after `head`. Returns the hash of the last entry.

    The rows are written in the text format of COPY by hand, because the driver's adaptation of each value takes longer
    than the database does.
    """
    before, first_seq, prev_hash = f"{head.workspace_id}\t", head.seq + 1, head.hash
    with cursor.copy(
        "COPY consent_consentevent (workspace_id, seq, contact_id, purpose, action, source, wording_id, evidence,"
        " actor_id, at, prev_hash, hash) FROM STDIN"
    ) as copy:
        for start in range(0, len(entries), _ROWS_A_WRITE):
            lines = []
            for seq, (contact_id, batch) in enumerate(entries[start : start + _ROWS_A_WRITE], first_seq + start):
                evidence = batch.evidence_json(contact_id)
                seal = batch.sealer.seal(prev_hash, seq, contact_id, evidence)
                row = f"{contact_id}{batch.middle}{copy_text(evidence)}{batch.after}{prev_hash}\t{seal}\n"
                lines.append(f"{before}{seq}\t{row}")
                prev_hash = seal
            copy.write("".join(lines))
    return prev_hash


_NULL = r"\N"
_ROWS_A_WRITE = 2000


_APPLY = """
WITH new AS (
    SELECT * FROM consent_consentevent WHERE workspace_id = %(workspace)s AND seq BETWEEN %(first)s AND %(last)s
), head AS (
    UPDATE consent_consenthead SET seq = %(last)s, hash = %(hash)s WHERE workspace_id = %(workspace)s
), state AS (
    INSERT INTO consent_consent (workspace_id, contact_id, purpose, state, since, source, event_id)
    SELECT workspace_id, contact_id, purpose, action, at, source, id FROM new
    ON CONFLICT (contact_id, purpose) DO UPDATE
       SET event_id = excluded.event_id, source = excluded.source, state = excluded.state,
           since = CASE consent_consent.state WHEN excluded.state THEN consent_consent.since ELSE excluded.since END
)
INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
SELECT workspace_id, contact_id, 'consent_' || action, at, jsonb_build_object('purpose', purpose, 'source', source)
FROM new
"""


def _suppress(workspace: Workspace, contact_ids: Sequence[int], reason: str, since: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO consent_suppression (workspace_id, kind, value, reason, since)
            SELECT workspace_id, kind, value, %s, %s
            FROM unnest(%s::bigint[]) AS stopped (contact_id) JOIN contacts_identity i USING (contact_id)
            WHERE workspace_id = %s
            ON CONFLICT (workspace_id, kind, value) DO NOTHING
            """,
            [reason, since, list(contact_ids), workspace.pk],
        )
    # A person may be stored twice, once under each national form of the number. The stop applies to both contacts.
    others = _other_numbers(workspace, contact_ids)
    rows = [Suppression(workspace=workspace, kind="phone", value=v, reason=reason, since=since) for v in others]
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)


def _other_numbers(workspace: Workspace, contact_ids: Sequence[int]) -> list[str]:
    """Returns the other ways to write the contacts' phone numbers (`lib.phone_variants`)."""
    if not contact_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT value FROM contacts_identity WHERE workspace_id = %s AND contact_id = ANY(%s) AND kind = 'phone'"
            " AND value LIKE ANY(%s)",
            [workspace.pk, list(contact_ids), [f"{country}%" for country in COUNTRIES]],
        )
        return sorted({other for (value,) in cursor for other in variants(value)[1:]})


def _lift_suppression(workspace: Workspace, contact_ids: Sequence[int]) -> None:
    if not contact_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM consent_suppression WHERE id IN (
                SELECT s.id FROM unnest(%s::bigint[]) AS back (contact_id)
                JOIN contacts_identity i USING (contact_id)
                JOIN consent_suppression s USING (workspace_id, kind, value)
                WHERE i.workspace_id = %s)
            """,
            [list(contact_ids), workspace.pk],
        )
    if others := _other_numbers(workspace, contact_ids):
        Suppression.objects.filter(workspace=workspace, kind="phone", value__in=others).delete()
