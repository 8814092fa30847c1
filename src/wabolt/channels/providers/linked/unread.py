"""Placeholders for messages that could not be decrypted and were not sent again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.providers.linked.stored_event import key_of
from wabolt.channels.services import NewRawEvent, store_raw_events
from wabolt.lib import clock

AFTER, LATEST = timedelta(minutes=10), timedelta(days=2)
"""Time for the sender's phone to send such a message again; then the conversation shows an unsupported message."""
AT_ONCE = 500
"""Messages that one statement looks up."""


def store_placeholders(channel: Channel) -> None:
    """Stores a placeholder for each message of the last two days that was not sent again. However many messages have
    been settled, the later ones are looked at too."""
    now = clock.now()
    broken = RawEvent.objects.filter(channel=channel, kind="undecryptable", payload__unavailable__isnull=True)
    broken = broken.filter(received_at__gt=now - LATEST, received_at__lt=now - AFTER)
    rows = list(broken.order_by("id").values_list("payload", "occurred_at"))
    for start in range(0, len(rows), AT_ONCE):
        _store_missing(channel, rows[start : start + AT_ONCE])


def _store_missing(channel: Channel, broken: Sequence[tuple[dict[str, Any], datetime]]) -> None:
    keys = [(key_of("m", payload["id"], payload["sender"], ""), f"x:{payload['id']}"[:200]) for payload, _at in broken]
    settled = RawEvent.objects.filter(channel=channel, dedupe_key__in=[key for pair in keys for key in pair])
    known = set(settled.values_list("dedupe_key", flat=True))
    unread = [
        NewRawEvent("undecryptable", {**payload, "unavailable": "not_resent"}, at, placeholder)
        for (payload, at), (message, placeholder) in zip(broken, keys, strict=True)
        if not known & {message, placeholder}
    ]
    store_raw_events(channel=channel, events=unread)
