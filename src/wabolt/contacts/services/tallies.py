"""Keeping figures ready: a consumer marks what changed, a job counts it again."""

import logging
from collections.abc import Sequence

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from wabolt.contacts.models import Tally
from wabolt.contacts.queries.tallies import CONSUMER
from wabolt.contacts.registry import EventConsumer, LoggedEvent, register_consumer, tally_kinds
from wabolt.lib import clock

log = logging.getLogger(__name__)

_MARK = """
    INSERT INTO contacts_tally (workspace_id, name, subject, counts, marks, counted_marks)
    SELECT w.id, v.name, v.subject, '{}', 1, 0
    FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS v (workspace_id, name, subject)) AS v
    JOIN accounts_workspace w ON w.id = v.workspace_id
    ON CONFLICT (name, subject) DO UPDATE SET marks = contacts_tally.marks + 1
"""


def mark_tallies(events: Sequence[LoggedEvent]) -> None:
    """Marks the figures that these events concern, in the caller's transaction. The consumer's `handle`."""
    marks = set()
    for kind in tally_kinds().values():
        mine = [event for event in events if event.kind in kind.kinds]
        if mine:
            marks |= {(workspace, kind.name, subject) for workspace, subject in kind.subjects(mine)}
    if marks:
        columns = [list(column) for column in zip(*sorted(marks), strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_MARK, columns)


def mark_tally(*, workspace_id: int, name: str, subjects: Sequence[int]) -> None:
    """Marks figures after a change that is no event, in the caller's transaction."""
    with connection.cursor() as cursor:
        count = len(subjects)
        cursor.execute(_MARK, [[workspace_id] * count, [name] * count, list(subjects)])


def recount_tallies(*, limit: int = 500) -> int:
    """Counts the marked figures again, at most `limit`; returns how many. Safe to run at any time.

    A figure is valid while `marks` equals `counted_marks`. The marks are read and committed before the count begins, so
    a mark that comes during the count leaves the figure marked.
    """
    done = 0
    stale = Tally.objects.exclude(marks=F("counted_marks")).order_by("pk")
    for pk, workspace_id, name, subject, marks in stale.values_list("pk", "workspace_id", "name", "subject", "marks")[
        :limit
    ]:
        kind = tally_kinds().get(name)
        if kind is None:
            continue
        began = clock.now()
        counts = dict(kind.count(workspace_id, [subject]).get(subject, {}))
        Tally.objects.filter(pk=pk).update(counts=counts, counted_marks=marks, counted_at=began)
        done += 1
    return done


def register() -> None:
    """Called from `ContactsConfig.ready`."""
    register_consumer(EventConsumer(CONSUMER, _("Figures of dashboard and broadcasts"), mark_tallies))
