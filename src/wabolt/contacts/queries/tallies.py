"""Sums that triggers keep (`registry.TallySource`): exact in every snapshot, also for the caller's own changes."""

from collections.abc import Sequence

from django.db import connection

_SUMS = """
SELECT subject, part, sum(amount)::bigint FROM contacts_tally
 WHERE workspace_id = %s AND name = ANY(%s) AND subject = ANY(%s)
 GROUP BY 1, 2 HAVING sum(amount) <> 0
"""

_RANGE = """
SELECT part, sum(amount)::bigint FROM contacts_tally
 WHERE workspace_id = %s AND name = %s AND subject >= %s AND subject < %s
 GROUP BY 1 HAVING sum(amount) <> 0
"""


def kept_range(workspace_id: int, name: str, subjects: range) -> dict[str, int]:
    """Returns {part: sum} over all subjects of a source in a range without gaps, such as hours."""
    with connection.cursor() as cursor:
        cursor.execute(_RANGE, [workspace_id, name, subjects.start, subjects.stop])
        return dict(cursor.fetchall())


def kept_sums(workspace_id: int, names: Sequence[str], subjects: Sequence[int]) -> dict[int, dict[str, int]]:
    """Returns {subject: {part: sum}} over the named sources together. A subject without rows has an empty dict."""
    found: dict[int, dict[str, int]] = {subject: {} for subject in subjects}
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [workspace_id, list(names), list(subjects)])
        for subject, part, amount in cursor.fetchall():
            found[subject][part] = amount
    return found
