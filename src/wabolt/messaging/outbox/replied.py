"""The definition of a reply: an inbound message of the same contact within the reply window of a message of ours.

Segments, reports and the event log use it. The event log credits one message per reply: the quoted one, also after its
window, else the newest one.
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

    Both are aliases of messaging_message.
    """
    window = f"interval '{int(reply_window(kind).total_seconds())} seconds'"
    return (
        f"{reply}.contact_id = {message}.contact_id AND {reply}.direction = 'inbound'"
        f" AND {in_window_sql(message, reply, window)}"
    )


def in_window_sql(message: str, reply: str, window: str) -> str:
    """An SQL condition: `reply` was received not before `message` was sent, and before the SQL interval `window` ended.

    Both are aliases of messaging_message.
    """
    return f"{reply}.created_at >= {message}.sent_at AND {reply}.created_at < {message}.sent_at + {window}"
