"""Retention of messages: old texts and files go, the rows stay because reports count them."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.lib.retention import RetentionClass, counting, register_retention
from wabolt.media.services import delete_unused

_OLD = "m.workspace_id = %(workspace)s AND m.created_at < %(before)s AND m.state NOT IN ('queued', 'sending')"
_WORDS = "(m.text <> '' OR m.detail <> '' OR m.choices_label <> '' OR m.variables <> '{}' OR m.choices <> '[]')"
_ROWS = "SELECT m.id FROM messaging_message m WHERE {old} AND {what}"
# The rows are looked at in the order of their ids, which need not be the order of their times: chats from before the
# link are stored later.
_BATCH = """
WITH seen AS MATERIALIZED (
    SELECT id FROM messaging_message WHERE id > %(after)s ORDER BY id LIMIT %(scan)s
), due AS (
    SELECT m.id{more} FROM messaging_message m JOIN seen USING (id) WHERE {old} AND {what}
     ORDER BY m.id LIMIT %(limit)s FOR NO KEY UPDATE OF m SKIP LOCKED
), gone AS (
    UPDATE messaging_message m SET {change} FROM due WHERE m.id = due.id RETURNING m.id{given}
)
SELECT CASE WHEN (SELECT count(*) FROM gone) = %(limit)s THEN (SELECT max(id) FROM gone)
            ELSE (SELECT max(id) FROM seen) END,
       (SELECT count(*) FROM gone), (SELECT array_agg(DISTINCT {file}) FROM gone)
"""
_TEXTS = _BATCH.format(
    old=_OLD, what=_WORDS, more="", given="", file="NULL::bigint",
    change="text = '', detail = '', choices_label = '', variables = '{}', choices = '[]'",
)  # fmt: skip
_FILES = _BATCH.format(
    old=_OLD, what="m.media_id IS NOT NULL", more=", m.media_id", given=", due.media_id", file="media_id",
    change="media_id = NULL",
)  # fmt: skip
_SHOWN = """
UPDATE messaging_conversation SET last_text = ''
 WHERE workspace_id = %(workspace)s AND last_message_at < %(before)s AND last_text <> ''
"""
_NAMES = """
UPDATE messaging_incomingfile f SET name = '', reference = '{}', why = '' FROM messaging_message m
 WHERE m.id = f.message_id AND m.workspace_id = %(workspace)s AND m.created_at < %(before)s AND f.state <> 'waiting'
   AND (f.name <> '' OR f.reference <> '{}' OR f.why <> '')
"""
_SCAN = 10
"""Rows that a batch looks at, per row that it may change."""


def register() -> None:
    """Called from `MessagingConfig.ready`."""
    register_retention(
        RetentionClass(
            "messages",
            _("Texts of messages"),
            _("The words go; that a message was sent, delivered and read stays, so all figures stay as they are."),
            lambda count: ngettext("%(count)s message", "%(count)s messages", count),
            counting(_ROWS.format(old=_OLD, what=_WORDS)),
            _remove_texts,
            least_months=3,
            order=10,
        ),
        RetentionClass(
            "files",
            _("Pictures and files of messages"),
            _("The files go; the messages and all figures stay. Files of drafts and templates stay."),
            lambda count: ngettext("%(count)s file of messages", "%(count)s files of messages", count),
            counting(_ROWS.format(old=_OLD, what="m.media_id IS NOT NULL")),
            _remove_files,
            least_months=3,
            order=20,
        ),
    )


def _remove_texts(workspace_id: int, before: datetime, after: int, limit: int) -> tuple[int | None, int]:
    last, count, _files = _remove(_TEXTS, workspace_id, before, after, limit)
    if last is None:
        with connection.cursor() as cursor:
            cursor.execute(_SHOWN, {"workspace": workspace_id, "before": before})
    return last, count


def _remove_files(workspace_id: int, before: datetime, after: int, limit: int) -> tuple[int | None, int]:
    last, count, files = _remove(_FILES, workspace_id, before, after, limit)
    delete_unused(media_ids=[pk for pk in files if pk is not None])
    if last is None:
        with connection.cursor() as cursor:
            cursor.execute(_NAMES, {"workspace": workspace_id, "before": before})
    return last, count


def _remove(
    sql: str, workspace_id: int, before: datetime, after: int, limit: int
) -> tuple[int | None, int, list[int | None]]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {"workspace": workspace_id, "before": before, "after": after, "limit": limit, "scan": limit * _SCAN},
        )
        last, count, files = cursor.fetchone()
        return last, count, list(files or ())
