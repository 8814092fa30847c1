"""The sums behind the progress of broadcasts."""

from wabolt.contacts.registry import TallySource, register_tally

MESSAGES = TallySource(
    "broadcast_messages",
    "messaging_message",
    "SELECT workspace_id, origin_id AS subject, state AS part, 1 AS amount FROM {rows} WHERE origin_kind = 'broadcast'",
)
RECIPIENTS = TallySource(
    "broadcast_recipients",
    "broadcasts_recipient",
    """SELECT b.workspace_id, r.broadcast_id AS subject, r.outcome AS part, 1 AS amount
         FROM {rows} AS r JOIN broadcasts_broadcast b ON b.id = r.broadcast_id
        WHERE r.outcome IN ('suppressed', 'held_out')""",
)


def register() -> None:
    """Called from `BroadcastsConfig.ready`."""
    register_tally(MESSAGES)
    register_tally(RECIPIENTS)
