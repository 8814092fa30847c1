"""Copies the messages that were sent and received after the backup from the previous database."""

from datetime import timedelta

from django.db import connection, transaction

from wabolt.lib.restore import Restore, Rows, carry_over

SLACK = timedelta(hours=1)
"""The largest expected difference between the clock of the application and the clock that dated the backup."""

_UNSETTLED = "SELECT id FROM messaging_message WHERE state IN ('queued', 'sending', 'unknown')"
_MESSAGES = """
    workspace_id = ANY(%s) AND (id > %s OR id = ANY(%s) OR attempted_at > %s OR delivered_at > %s OR read_at > %s
     OR id IN (SELECT message_id FROM messaging_receipt WHERE received_at > %s))
"""
_MESSAGE_UPDATES = (
    "state", "text", "reason", "detail", "provider_id", "lane_token", "not_before", "attempted_at", "sent_at",
    "delivered_at", "read_at",
)  # fmt: skip
_OF_MESSAGES = "message_id IN (SELECT id FROM messaging_message WHERE workspace_id = ANY(%s)) AND "


@transaction.atomic
def carry_messages(restore: Restore) -> int:
    """Carries over messages with their contents, receipts, clicks, prices and events; how many messages were changed.

    A message of a contact that the restored database does not have is left out.
    """
    shops, since = list(restore.shops), restore.made_at - SLACK
    for table in ("media_mediafile", "messaging_messagecontent"):
        _carry_new(restore, table, "workspace_id = ANY(%s)", shops)
    contents = "content_id IN (SELECT id FROM messaging_messagecontent WHERE workspace_id = ANY(%s))"
    _carry_new(restore, "messaging_trackedlink", contents, shops)
    with connection.cursor() as cursor:
        cursor.execute(_UNSETTLED)
        unsettled = [pk for (pk,) in cursor.fetchall()]
    changed = carry_over(
        restore,
        Rows(
            "messaging_message",
            _MESSAGES,
            (shops, _last_id("messaging_message"), unsettled, since, since, since, since),
            same=("contact_id", "created_at"),
            update=_MESSAGE_UPDATES,
        ),
    )
    of_channels = "channel_id IN (SELECT id FROM channels_channel WHERE workspace_id = ANY(%s))"
    _carry_new(restore, "messaging_receipt", of_channels, shops)
    _carry_new(restore, "messaging_click", _OF_MESSAGES + "true", shops)
    of_new = (shops, _last_id("messaging_messageprice", "message_id"))
    carry_over(restore, Rows("messaging_messageprice", _OF_MESSAGES + "message_id > %s", of_new, key=("message_id",)))
    _carry_conversations(restore, shops)
    _carry_lanes(restore, shops)
    _carry_events(restore, shops)
    return changed


def _carry_new(restore: Restore, table: str, condition: str, shops: list[int]) -> None:
    """Rows with an id that the restored database has not given out yet."""
    carry_over(restore, Rows(table, f"{condition} AND id > %s", (shops, _last_id(table))))


def _carry_conversations(restore: Restore, shops: list[int]) -> None:
    updates = (
        "last_message_at",
        "last_inbound_at",
        "last_text",
        "unread",
        "unanswered",
        "seen_id",
        "seen_at",
        "told_id",
    )
    carry_over(
        restore,
        Rows("messaging_conversation", "workspace_id = ANY(%s)", (shops,), same=("contact_id",), update=updates),
    )


def _carry_lanes(restore: Restore, shops: list[int]) -> None:
    """Promotions that were sent today count against today's limit."""
    where = "channel_id IN (SELECT id FROM channels_channel WHERE workspace_id = ANY(%s))"
    updates = ("day", "sent_today", "next_send_at", "retry_at")
    carry_over(restore, Rows("messaging_lane", where, (shops,), key=("channel_id",), update=updates, insert=False))


def _carry_events(restore: Restore, shops: list[int]) -> None:
    """The events of these messages. They are new to the restored log: its consumers have not seen them."""
    kinds = "kind LIKE 'message\\_%%' OR kind = 'link_clicked'"
    where = f"workspace_id = ANY(%s) AND id > %s AND ({kinds})"
    last = _last_id("contacts_event")
    carry_over(restore, Rows("contacts_event", where, (shops, last), key=("time", "id"), leave_out=("position",)))


def _last_id(table: str, column: str = "id") -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max({column}), 0) FROM {table}")
        row = cursor.fetchone()
        return int(row[0]) if row else 0
