"""Purging of files that no message, draft or template uses."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import ManyToOneRel

from wabolt.lib import clock
from wabolt.media.models import MediaFile

UNUSED_FOR = timedelta(days=30)
"""A file is kept for this time after it was stored, because the form that uploaded it may be open for weeks."""
AT_ONCE = 100

_OLD = "SELECT id FROM media_mediafile f WHERE kept_at < %s AND {unused} ORDER BY id LIMIT %s"
# A process that is about to use a file has just written `kept_at`, or holds the row to do so.
_HOLD = """
    SELECT id FROM media_mediafile
     WHERE id = ANY(%s) AND kept_at < coalesce(%s::timestamptz, 'infinity') ORDER BY id FOR UPDATE SKIP LOCKED
"""
_DELETE = "DELETE FROM media_mediafile f WHERE f.id = ANY(%s) AND {unused}"


def purge_media(*, at_once: int = AT_ONCE) -> int:
    """Deletes files that were unused for `UNUSED_FOR`, in short transactions; returns how many."""
    before = clock.now() - UNUSED_FOR
    total = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_OLD.format(unused=_unused()), [before, at_once])
            ids = [row[0] for row in cursor.fetchall()]
        deleted = delete_unused(media_ids=ids, before=before)
        total += deleted
        if len(ids) < at_once or not deleted:
            return total


@transaction.atomic
def delete_unused(*, media_ids: Collection[int], before: datetime | None = None) -> int:
    """Deletes those of these files that are not used and were not stored since `before` (None: at any time); returns
    how many. A file that is being stored again at this moment stays."""
    if not media_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [list(media_ids), before])
        held = [row[0] for row in cursor.fetchall()]
        # A second statement, because it sees files that came into use before the rows were locked.
        cursor.execute(_DELETE.format(unused=_unused()), [held])
        return int(cursor.rowcount)


def _unused() -> str:
    """An SQL condition: no row of any room refers to the file `f`."""
    relations = (one for one in MediaFile._meta.get_fields(include_hidden=True) if isinstance(one, ManyToOneRel))
    users = [(relation.related_model._meta.db_table, relation.field.column) for relation in relations]
    return " AND ".join(f"NOT EXISTS (SELECT FROM {table} u WHERE u.{column} = f.id)" for table, column in users)
