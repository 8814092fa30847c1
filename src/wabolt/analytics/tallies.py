"""The sums behind the warnings about many promotions."""

from wabolt.contacts.registry import TallySource, register_tally

CONTENT = TallySource(
    "content_mix",
    "messaging_message",
    "SELECT m.workspace_id, floor(extract(epoch FROM m.sent_at) / 3600)::bigint AS subject, x.content_class AS part,"
    " 1 AS amount FROM {rows} AS m JOIN messaging_messagecontent x ON x.id = m.content_id"
    " WHERE m.sent_at IS NOT NULL AND m.state IN ('sent', 'delivered', 'read')"
    " AND m.origin_kind IN ('broadcast', 'journey')",
)
"""Messages of broadcasts and journeys that went out, by content class. The subject is the hour, counted since 1970."""


def register() -> None:
    """Called from `AnalyticsConfig.ready`."""
    register_tally(CONTENT)
