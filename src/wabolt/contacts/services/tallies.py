"""Upkeep of the sums that triggers keep."""

import logging
from typing import Any

from django.db import connection, transaction

from wabolt.contacts.registry import TallySource, correction, register_tally, tally_sources
from wabolt.lib.restore import rows_restored

log = logging.getLogger(__name__)

CONTACTS = TallySource(
    "contacts",
    "contacts_contact",
    "SELECT workspace_id, workspace_id AS subject, 'known' AS part, 1 AS amount FROM {rows} WHERE erased_at IS NULL",
)
_COMPACT = """
WITH gone AS (
    DELETE FROM contacts_tally t
     USING (SELECT workspace_id, name, subject, part FROM contacts_tally
             GROUP BY 1, 2, 3, 4 HAVING count(*) > 1 OR sum(amount) = 0) AS many
     WHERE (t.workspace_id, t.name, t.subject, t.part) = (many.workspace_id, many.name, many.subject, many.part)
    RETURNING t.*
)
INSERT INTO contacts_tally (workspace_id, name, subject, part, amount)
SELECT workspace_id, name, subject, part, sum(amount) FROM gone GROUP BY 1, 2, 3, 4 HAVING sum(amount) <> 0
"""


def compact_tallies() -> int:
    """Replaces the rows of each sum by one row. Returns the number of rows written.

    Concurrent writers and readers are not disturbed, because only the summed rows are deleted."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COMPACT)
        return int(cursor.rowcount)


def correct_tallies() -> int:
    """Compares all kept sums with their definition and adds the differences. Returns how many sums were wrong.

    Needed after changes without triggers (a restore); otherwise nothing is wrong, and a difference is logged.
    """
    wrong = 0
    for source in tally_sources().values():
        with connection.cursor() as cursor:
            cursor.execute(correction(source))
            if cursor.rowcount:
                log.warning("the kept sums of %s were wrong: %d corrected", source.name, cursor.rowcount)
            wrong += cursor.rowcount
    return wrong


def _on_restore(**_arguments: Any) -> None:
    correct_tallies()


def register() -> None:
    """Called from `ContactsConfig.ready`."""
    register_tally(CONTACTS)
    rows_restored.connect(_on_restore, dispatch_uid="contacts.tallies")
