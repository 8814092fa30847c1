"""The definition of a reply in segments and reports.

The event log differs in one case: `inbound/sql/replies.sql` also counts a quoted reply after the window, and credits
only the quoted message.
"""

from datetime import timedelta

from wabolt.messaging.registry import ORIGINS


def counted_windows() -> dict[str, timedelta]:
    """The reply window of each origin kind whose replies count."""
    return {kind: origin.reply_window for kind, origin in ORIGINS.items() if origin.reply_window is not None}


def reply_window(kind: str) -> timedelta:
    """The time after a message of this origin kind within which an inbound message is a reply to it."""
    return counted_windows()[kind]


def replied_sql(kind: str, *, message: str = "m", reply: str = "r") -> str:
    """An SQL condition: the inbound message `reply` answers `message`, which has this origin kind.

    Both are aliases of messaging_message. A reply comes from the same contact, not before the message was sent, and
    within the reply window of the origin.
    """
    seconds = int(reply_window(kind).total_seconds())
    return (
        f"{reply}.contact_id = {message}.contact_id AND {reply}.direction = 'inbound'"
        f" AND {reply}.created_at >= {message}.sent_at"
        f" AND {reply}.created_at < {message}.sent_at + interval '{seconds} seconds'"
    )
