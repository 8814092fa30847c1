"""The simulated world, stored in PostgreSQL.

A real phone keeps a message when our process ends. Therefore everything here is committed at once: `durable=True`
raises inside another transaction (except that of a test).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from wabolt.channels.models import Channel, SimulatedFile
from wabolt.channels.providers.simulator.behaviour import PlannedAction
from wabolt.channels.registry.contract import Media
from wabolt.lib.sql import statement
from wabolt.lib.text import storable, storable_json

Delivery = tuple[str, str, str, Media | None]
"""(ref, phone, text, file). With a file, the text is its caption."""


def put(
    channel: Channel, now: datetime, deliveries: Sequence[Delivery], planned_actions: Iterable[PlannedAction]
) -> None:
    """Stores received messages and planned actions in one transaction."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if deliveries:
            _keep_files(channel, deliveries)
            into = "COPY channels_simulateddelivery (channel_id, ref, phone, text, at, file_key) FROM STDIN"
            with cursor.copy(into) as copy:
                for ref, phone, text, media in deliveries:
                    # a real phone does not show NUL either
                    key = file_key(media) if media else ""
                    copy.write_row((channel.pk, ref, phone, storable(text), now, key))
        schedule(channel, planned_actions)


def file_key(media: Media) -> str:
    """Returns the key of a sent file; the file is stored once for all recipients."""
    return f"out-{media.sha256}"


def _keep_files(channel: Channel, deliveries: Iterable[Delivery]) -> None:
    files = {file_key(media): media for *_rest, media in deliveries if media}
    for key, media in files.items():
        values = {"mime_type": media.mime_type, "name": media.name, "data": media.data}
        SimulatedFile.objects.get_or_create(channel=channel, key=key, defaults=values)


_MOVE_DUE = statement(__file__, "move_due")


def schedule(channel: Channel, planned_actions: Iterable[PlannedAction]) -> None:
    """Stores planned actions in the caller's transaction."""
    into = "COPY channels_simulatedevent (channel_id, due_at, kind, payload) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(into) as copy:
        for h in planned_actions:
            copy.write_row((channel.pk, h.due_at, h.kind, json.dumps(storable_json({"key": h.key, **h.payload}))))


def move_due(channel: Channel, now: datetime, limit: int) -> int:
    """Moves up to `limit` due actions to `RawEvent`, in one statement and one transaction. Returns how many raw events
    are new. Messages of phones get their second tick."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(
            _MOVE_DUE,
            {"channel": channel.pk, "now": now, "limit": limit},
        )
        return int(cursor.rowcount)
