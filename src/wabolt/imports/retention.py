"""Retention of the refused rows of past imports."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.lib.retention import RetentionClass, register_retention

_OLD = """FROM imports_importrejection r JOIN imports_import i ON i.id = r.imported_id
 WHERE i.workspace_id = %(workspace)s AND i.created_at < %(before)s AND r.cells <> '[]'"""
_REMOVE = f"""
WITH due AS (
    SELECT r.id {_OLD} AND r.id > %(after)s ORDER BY r.id LIMIT %(limit)s FOR NO KEY UPDATE OF r SKIP LOCKED)
UPDATE imports_importrejection r SET cells = '[]', params = '{{}}' FROM due WHERE r.id = due.id RETURNING r.id
"""


def register() -> None:
    """Called from `ImportsConfig.ready`."""
    register_retention(
        RetentionClass(
            "rejections",
            _("Refused rows of imported files"),
            _("The cells go; how many rows were refused, and why, stays."),
            lambda count: ngettext("%(count)s row", "%(count)s rows", count),
            _count,
            _remove,
            order=40,
        )
    )


def _count(workspace_id: int, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_OLD}", {"workspace": workspace_id, "before": before})
        return int(cursor.fetchone()[0])


def _remove(workspace_id: int, before: datetime, after: int, limit: int) -> tuple[int | None, int]:
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE, {"workspace": workspace_id, "before": before, "after": after, "limit": limit})
        ids = [pk for (pk,) in cursor.fetchall()]
    return (max(ids) if ids else None), len(ids)
