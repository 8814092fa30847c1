"""Writing the ledger: one contact or a hundred thousand, in the same few statements.

Writers of a workspace stand in one line at the row lock of ConsentHead, so that the chain has no forks. The lock is
held until the caller's transaction ends: write consent late in a long transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from wabolt.accounts.models import User, Workspace
from wabolt.consent import queries, rules, signals
from wabolt.consent.models import ConsentEvent, ConsentHead, Purpose, Suppression, Wording
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib import clock

GRANTED, WITHDRAWN = ConsentEvent.Action.GRANTED.value, ConsentEvent.Action.WITHDRAWN.value


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request: `recorded` contacts have a new ledger entry; `unchanged` already stood so;
    `refused` had stopped and only come back by their own word. Ids of other workspaces are in none of them."""

    recorded: list[int]
    unchanged: list[int]
    refused: list[int]


@dataclass(frozen=True, slots=True)
class _Statement:
    """What all entries of one call have in common."""

    workspace: Workspace
    purpose: str
    action: str
    source: str
    evidence: dict[str, Any]
    evidence_of: Mapping[int, Mapping[str, Any]]
    wording: Wording | None
    actor: User | None
    at: datetime


@transaction.atomic
def grant(
    *,
    workspace: Workspace,
    contact_ids: Iterable[int],
    purpose: str,
    source: str,
    evidence: Mapping[str, Any],
    evidence_of: Mapping[int, Mapping[str, Any]] | None = None,
    wording: Wording | None = None,
    actor: User | None = None,
    at: datetime | None = None,
    renew: bool = True,
) -> Outcome:
    """Records that these contacts said yes to `purpose`: ledger, current state and contact log, in one transaction.

    `evidence` (plain JSON without names or numbers: it outlives an erasure) belongs to all of them, `evidence_of`
    adds to it per contact. `renew=False` leaves alone who already stands "granted", as a second import must.
    Who has stopped, or whose address is suppressed, is refused unless `source` is the person's own word
    (rules.OWN_WORDS); then the suppression of all their addresses is lifted. Raises TypeError for evidence that is
    not plain JSON.
    """
    said = _Statement(
        workspace, purpose, GRANTED, source, rules.plain_evidence(evidence), evidence_of or {}, wording, actor,
        at or clock.now(),
    )  # fmt: skip
    head = _lock_head(workspace)
    wanted = list(dict.fromkeys(contact_ids))
    standings = queries.standings(workspace, wanted, purpose)
    own = source in rules.OWN_WORDS
    outcome = Outcome([], [], [])
    for contact_id in wanted:
        standing = standings.get(contact_id)
        if standing is None:
            continue
        if not own and (standing.suppressed or standing.state == WITHDRAWN):
            outcome.refused.append(contact_id)
        elif standing.state == GRANTED and not renew and not standing.suppressed:
            outcome.unchanged.append(contact_id)
        else:
            outcome.recorded.append(contact_id)
    if own and purpose == Purpose.MARKETING:
        _lift_suppression(workspace, outcome.recorded)
    _append(head, said, outcome.recorded)
    if outcome.recorded:
        signals.consent_granted.send(Workspace, workspace=workspace, contact_ids=outcome.recorded, purpose=purpose)
    return outcome


@transaction.atomic
def withdraw(
    *,
    workspace: Workspace,
    contact_ids: Iterable[int],
    purpose: str,
    source: str,
    evidence: Mapping[str, Any],
    evidence_of: Mapping[int, Mapping[str, Any]] | None = None,
    actor: User | None = None,
    at: datetime | None = None,
    suppress: bool = True,
    renew: bool = True,
) -> Outcome:
    """Records that these contacts want no more of `purpose`, whether or not they had said yes, and tells
    `signals.consent_withdrawn` in the same transaction. Arguments as in `grant`; nobody is refused.

    Leaving promotions also suppresses every address of the contact, so that the stop survives re-import, merge,
    erasure and restore; `suppress=False` is for an erasure, where nobody said stop.
    """
    said = _Statement(
        workspace, purpose, WITHDRAWN, source, rules.plain_evidence(evidence), evidence_of or {}, None, actor,
        at or clock.now(),
    )  # fmt: skip
    head = _lock_head(workspace)
    wanted = list(dict.fromkeys(contact_ids))
    standings = queries.standings(workspace, wanted, purpose)
    outcome = Outcome([], [], [])
    for contact_id in wanted:
        standing = standings.get(contact_id)
        if standing is not None:
            unchanged = standing.state == WITHDRAWN and not renew
            (outcome.unchanged if unchanged else outcome.recorded).append(contact_id)
    if suppress and purpose == Purpose.MARKETING:
        _suppress(workspace, [*outcome.recorded, *outcome.unchanged], source, said.at)
    _append(head, said, outcome.recorded)
    if outcome.recorded:
        signals.consent_withdrawn.send(Workspace, workspace=workspace, contact_ids=outcome.recorded, purpose=purpose)
    return outcome


@transaction.atomic
def reapply_stops(*, workspace: Workspace, stops: Sequence[tuple[str, str, str, datetime]]) -> int:
    """Brings back the stops that a restored backup does not know (from `queries.stops` before the restore).

    The addresses are suppressed again, and the contacts who own them now are withdrawn with the source "restore".
    Returns how many addresses were missing.
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
        workspace=workspace, contact_ids=owners, purpose=Purpose.MARKETING, source="restore", evidence={}, renew=False
    )
    return known.count() - before


def _lock_head(workspace: Workspace) -> ConsentHead:
    ConsentHead.objects.bulk_create([ConsentHead(workspace=workspace)], ignore_conflicts=True)
    return ConsentHead.objects.select_for_update().get(workspace=workspace)


def _append(head: ConsentHead, said: _Statement, contact_ids: Sequence[int]) -> None:
    """Seals one entry per contact behind `head` (locked) and carries them into the current state and the log."""
    if not contact_ids:
        return
    digest = rules.wording_digest(said.wording.text) if said.wording else None
    actor_id = said.actor.pk if said.actor else None
    workspace_id, first_seq = said.workspace.pk, head.seq + 1

    def entries() -> Iterable[rules.Entry]:
        for seq, contact_id in enumerate(contact_ids, first_seq):
            more = said.evidence_of.get(contact_id)
            evidence = {**said.evidence, **rules.plain_evidence(more)} if more else said.evidence
            yield rules.Entry(
                workspace_id, seq, contact_id, said.purpose, said.action, said.source, digest, evidence, actor_id,
                said.at,
            )  # fmt: skip

    with connection.cursor() as cursor:
        wording_id = said.wording.pk if said.wording else None
        head.hash = _copy(cursor, rules.seal(head.hash, entries()), wording_id)
        head.seq += len(contact_ids)
        head.save(update_fields=["seq", "hash"])
        _carry(cursor, workspace_id, first_seq, head.seq)
    data = {"purpose": said.purpose, "source": said.source}
    kind = f"consent_{said.action}"
    record_events(workspace=said.workspace, events=(NewEvent(c, kind, said.at, data) for c in contact_ids))


def _copy(cursor: CursorWrapper, sealed: Iterable[rules.Sealed], wording_id: int | None) -> str:
    """Streams sealed entries into the ledger; the seal of the last one."""
    last = ""
    with cursor.copy(
        "COPY consent_consentevent (workspace_id, seq, contact_id, purpose, action, source, wording_id, evidence,"
        " actor_id, at, prev_hash, hash) FROM STDIN"
    ) as copy:
        for one in sealed:
            e, last = one.entry, one.hash
            copy.write_row(
                (e.workspace, e.seq, e.contact, e.purpose, e.action, e.source, wording_id, Jsonb(e.evidence),
                 e.actor, e.at, one.prev_hash, one.hash)
            )  # fmt: skip
    return last


def _carry(cursor: CursorWrapper, workspace_id: int, first: int, last: int) -> None:
    """Makes the entries `first` to `last` the current state of their contacts."""
    cursor.execute(
        """
        INSERT INTO consent_consent (workspace_id, contact_id, purpose, state, since, source, event_id)
        SELECT workspace_id, contact_id, purpose, action, at, source, id FROM consent_consentevent
        WHERE workspace_id = %(workspace)s AND seq BETWEEN %(first)s AND %(last)s
        ON CONFLICT (contact_id, purpose) DO UPDATE SET event_id = excluded.event_id, source = excluded.source,
            state = excluded.state,
            since = CASE WHEN consent_consent.state = excluded.state THEN consent_consent.since ELSE excluded.since END
        """,
        {"workspace": workspace_id, "first": first, "last": last},
    )


def _suppress(workspace: Workspace, contact_ids: Sequence[int], reason: str, since: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO consent_suppression (workspace_id, kind, value, reason, since)
            SELECT workspace_id, kind, value, %s, %s FROM contacts_identity
            WHERE workspace_id = %s AND contact_id = ANY(%s)
            ON CONFLICT (workspace_id, kind, value) DO NOTHING
            """,
            [reason, since, workspace.pk, list(contact_ids)],
        )


def _lift_suppression(workspace: Workspace, contact_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM consent_suppression s USING contacts_identity i
            WHERE s.workspace_id = %s AND i.workspace_id = s.workspace_id AND i.kind = s.kind AND i.value = s.value
              AND i.contact_id = ANY(%s)
            """,
            [workspace.pk, list(contact_ids)],
        )
