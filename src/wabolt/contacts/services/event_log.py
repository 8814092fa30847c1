"""Keeping the positions of the event log meaningful in another cluster."""

import logging

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

log = logging.getLogger(__name__)

# An offset may lie above the newest event: that of a consumer that began at the end of the log.
_NEWEST = """
    SELECT greatest((SELECT max(position) FROM contacts_event), (SELECT max(position) FROM contacts_consumer), 0)
"""
_XMIN = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_XMAX = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint + contacts_event_shift()"


def rebase_event_log() -> bool:
    """Raises the shift of positions where this cluster's transaction ids are below those of the log.

    After a restore into another cluster, new events would get lower positions than restored ones, and no consumer would
    ever read them. The shift gives new events positions above all restored ones, which stay as they are. Returns
    whether that was necessary. Safe to call at any time, and called at each start and after each restore.
    """
    with connection.cursor() as cursor:
        if not _is_foreign(cursor):
            return False
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE contacts_event IN EXCLUSIVE MODE")
        if not _is_foreign(cursor):
            return False
        newest, oldest_running = _one(cursor, _NEWEST), _one(cursor, _XMIN)
        shift = newest + 1 - oldest_running
        cursor.execute(
            "CREATE OR REPLACE FUNCTION contacts_event_shift() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE"
            f" AS 'SELECT {int(shift)}::bigint'"
        )
    log.warning("the event log comes from another cluster; positions are shifted by %s", shift)
    return True


def _is_foreign(cursor: CursorWrapper) -> bool:
    """Whether the log has a position that no transaction of this cluster can have given it."""
    newest = _one(cursor, _NEWEST)
    return newest >= _one(cursor, _XMAX)


def _one(cursor: CursorWrapper, query: str) -> int:
    cursor.execute(query)
    return int(cursor.fetchone()[0])
