"""Removes a person's own words from the ledger when the person is erased. The proof stays.

The hash of an entry covers its evidence, so the hash of a redacted entry cannot be computed again. The entry keeps its
hash, so that the chain stays intact, and gets a keyed seal over its remaining content. The key is outside the database
(lib.pseudonyms), so SQL alone cannot forge a redaction.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from wabolt.accounts.models import Workspace
from wabolt.consent import rules
from wabolt.consent.models import ConsentEvent
from wabolt.consent.queries import seal_of

_REDACT = """
UPDATE consent_consentevent e SET evidence = v.evidence, redaction = v.seal
FROM unnest(%(ids)s::bigint[], %(evidence)s::jsonb[], %(seals)s::text[]) AS v (id, evidence, seal) WHERE e.id = v.id
"""


@transaction.atomic
def redact_evidence(*, workspace: Workspace, contact_ids: Sequence[int]) -> int:
    """Removes free text from the evidence of these contacts' entries. Returns the number of changed entries."""
    seal = seal_of(workspace)
    ids: list[int] = []
    redacted: list[Any] = []
    seals: list[str] = []
    for row in ConsentEvent.objects.filter(contact__in=contact_ids, redaction="").select_related("wording"):
        evidence = rules.impersonal(row.source, row.evidence)
        if evidence == row.evidence:
            continue
        wording = rules.wording_digest(row.wording.text) if row.wording else None
        entry = rules.Entry(
            row.workspace_id, row.seq, row.contact_id, row.purpose, row.action, row.source, wording, evidence,
            row.actor_id, row.at,
        )  # fmt: skip
        ids.append(row.pk)
        redacted.append(Jsonb(evidence))
        seals.append(seal(rules.redacted_text(row.hash, row.prev_hash, entry)))
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_REDACT, {"ids": ids, "evidence": redacted, "seals": seals})
    return len(ids)
