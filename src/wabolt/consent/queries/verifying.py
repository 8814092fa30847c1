"""Checking the ledger: every hash, the sequence, the recorded end, and the states derived from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.consent import rules
from wabolt.consent.models import ConsentEvent, ConsentHead, Wording
from wabolt.lib.pseudonyms import pseudonym


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for one workspace: the number of entries, the first fault of the chain, and the first contact (with
    its purpose) whose current state differs from its last ledger entry."""

    workspace: Workspace
    entries: int
    broken: rules.Break | None
    stray: tuple[int, str] | None

    @property
    def whole(self) -> bool:
        return self.broken is None and self.stray is None


def verify(workspace: Workspace, progress: Callable[[int], None] | None = None) -> Verdict:
    """Checks the whole ledger of a workspace as a stream, also while others append to it.

    `progress` is called from time to time with the number of entries that are done.
    """
    end_seq, end_hash = _end(workspace)
    digests = {
        pk: rules.wording_digest(text)
        for pk, text in Wording.objects.filter(workspace=workspace).values_list("pk", "text")
    }
    read = 0

    def counted() -> Iterator[rules.Sealed]:
        nonlocal read
        for sealed in _entries(workspace, end_seq, digests):
            read += 1
            if progress and read % 10_000 == 0:
                progress(read)
            yield sealed

    broken = rules.first_break(counted(), end_seq, end_hash, seal_of(workspace))
    if broken is None and (extra := _extra(workspace)):
        broken = rules.Break(extra, "extra")
    return Verdict(workspace, read, broken, _stray(workspace))


def seal_of(workspace: Workspace) -> Callable[[str], str]:
    """Returns the function that seals the text of a redacted entry of this workspace."""
    return lambda text: pseudonym(workspace.pk, "consent.redaction", text)


def _end(workspace: Workspace) -> tuple[int, str]:
    head = ConsentHead.objects.filter(workspace=workspace).first()
    return (head.seq, head.hash) if head else (0, "")


def _entries(workspace: Workspace, end_seq: int, digests: dict[int, str]) -> Iterator[rules.Sealed]:
    rows = (
        ConsentEvent.objects.filter(workspace=workspace, seq__lte=end_seq)
        .order_by("seq")
        .values_list(
            "seq", "contact_id", "purpose", "action", "source", "wording_id", "evidence", "actor_id", "at",
            "prev_hash", "hash", "redaction",
        )
    )  # fmt: skip
    for (
        seq,
        contact,
        purpose,
        action,
        source,
        wording,
        evidence,
        actor,
        at,
        prev_hash,
        seal,
        redaction,
    ) in rows.iterator(5000):
        digest = None if wording is None else digests.get(wording, "gone")
        entry = rules.Entry(workspace.pk, seq, contact, purpose, action, source, digest, evidence, actor, at)
        yield rules.Sealed(entry, prev_hash, seal, redaction)


def _extra(workspace: Workspace) -> int | None:
    """Returns the first entry after the recorded end. One statement reads both, because others append meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT min(e.seq) FROM consent_consentevent e
            WHERE e.workspace_id = %(workspace)s
              AND e.seq > coalesce((SELECT seq FROM consent_consenthead WHERE workspace_id = %(workspace)s), 0)
            """,
            {"workspace": workspace.pk},
        )
        first: int | None = cursor.fetchone()[0]
        return first


def _stray(workspace: Workspace) -> tuple[int, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(last.contact_id, k.contact_id), coalesce(last.purpose, k.purpose)
            FROM (
                SELECT DISTINCT ON (contact_id, purpose) contact_id, purpose, action, id FROM consent_consentevent
                WHERE workspace_id = %(workspace)s ORDER BY contact_id, purpose, seq DESC
            ) last
            FULL JOIN (SELECT * FROM consent_consent WHERE workspace_id = %(workspace)s) k
              ON k.contact_id = last.contact_id AND k.purpose = last.purpose
            WHERE k.state IS DISTINCT FROM last.action OR k.event_id IS DISTINCT FROM last.id
            ORDER BY 1, 2 LIMIT 1
            """,
            {"workspace": workspace.pk},
        )
        found: tuple[int, str] | None = cursor.fetchone()
        return found
