"""Retention of the timeline and of the list of members who looked."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.lib.retention import RetentionClass, counting, register_retention

# An event that a consumer has not read yet is never removed.
_EVENTS = """FROM contacts_event e WHERE e.workspace_id = %(workspace)s AND e.time < %(before)s
    AND NOT EXISTS (SELECT FROM contacts_consumer c WHERE c.position < e.position)"""
_REMOVE_EVENTS = f"""
WITH due AS (SELECT e.time, e.id {_EVENTS} ORDER BY e.time, e.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
DELETE FROM contacts_event e USING due WHERE e.time = due.time AND e.id = due.id
"""
_VIEWS = "FROM contacts_contactview WHERE workspace_id = %(workspace)s AND at < %(before)s"
_REMOVE_VIEWS = f"""
DELETE FROM contacts_contactview WHERE id = ANY(ARRAY(
    SELECT id {_VIEWS} ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
"""


def register() -> None:
    """Called from `ContactsConfig.ready`."""
    register_retention(
        RetentionClass(
            "events",
            _("What happened on the contacts' pages"),
            _("The old lines of the timeline go. Reports, permissions and segments keep their own sums and stay."),
            lambda count: ngettext("%(count)s event", "%(count)s events", count),
            counting(f"SELECT e.id {_EVENTS}"),
            lambda workspace, before, after, limit: _remove(_REMOVE_EVENTS, workspace, before, after, limit),
            least_months=6,
            order=30,
        ),
        RetentionClass(
            "views",
            _("Who in the team looked at a contact"),
            _("The old entries go. A customer who asks who looked gets a shorter list."),
            lambda count: ngettext("%(count)s entry", "%(count)s entries", count),
            counting(f"SELECT id {_VIEWS}"),
            lambda workspace, before, after, limit: _remove(_REMOVE_VIEWS, workspace, before, after, limit),
            least_months=12,
            order=50,
        ),
    )


def _remove(sql: str, workspace_id: int, before: datetime, after: int, limit: int) -> tuple[int | None, int]:
    """The rows are deleted, so the next batch begins at the oldest again."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"workspace": workspace_id, "before": before, "limit": limit})
        count = int(cursor.rowcount)
    return (after + 1 if count else None), count
