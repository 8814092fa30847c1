"""Files that nothing carries any more: a picture that was tried out, a draft thrown away, a sample for a template."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import ManyToOneRel

from wabolt.lib import clock
from wabolt.media.models import MediaFile

UNUSED_FOR = timedelta(days=30)
"""How long a file waits for whoever stored it: its form may stay open in a tab for weeks."""
AT_ONCE = 100

_OLD = "SELECT id FROM media_mediafile f WHERE kept_at < %s AND {unused} ORDER BY id LIMIT %s"
# Whoever is about to use a file has just written `kept_at`, or holds the row to do so.
_HOLD = """
    SELECT id FROM media_mediafile
     WHERE id = ANY(%s) AND kept_at < coalesce(%s::timestamptz, 'infinity') ORDER BY id FOR UPDATE SKIP LOCKED
"""
_DELETE = "DELETE FROM media_mediafile f WHERE f.id = ANY(%s) AND {unused}"


def purge_media(*, at_once: int = AT_ONCE) -> int:
    """Deletes the files that nobody has used for `UNUSED_FOR`; returns how many. In short transactions."""
    before = clock.now() - UNUSED_FOR
    gone = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_OLD.format(unused=_unused()), [before, at_once])
            ids = [row[0] for row in cursor.fetchall()]
        deleted = delete_unused(media_ids=ids, before=before)
        gone += deleted
        if len(ids) < at_once or not deleted:
            return gone


@transaction.atomic
def delete_unused(*, media_ids: Collection[int], before: datetime | None = None) -> int:
    """Deletes those of these files that nothing uses and that nobody has stored since `before` (None: whenever);
    returns how many. What somebody stores once more at this moment stays."""
    if not media_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [list(media_ids), before])
        held = [row[0] for row in cursor.fetchall()]
        # A statement of its own: it sees what came into use before they were held.
        cursor.execute(_DELETE.format(unused=_unused()), [held])
        return int(cursor.rowcount)


def _unused() -> str:
    """The condition that no row of any room points to the file `f`."""
    relations = (one for one in MediaFile._meta.get_fields(include_hidden=True) if isinstance(one, ManyToOneRel))
    users = [(relation.related_model._meta.db_table, relation.field.column) for relation in relations]
    return " AND ".join(f"NOT EXISTS (SELECT FROM {table} u WHERE u.{column} = f.id)" for table, column in users)
