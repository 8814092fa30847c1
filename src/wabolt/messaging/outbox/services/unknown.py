"""Messages in state `unknown`: a member checks the phone and says whether they were sent.

Nothing is sent again here. A later receipt overrides what the member said.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.contacts.services import NewEvent, record_events
from wabolt.lib import clock
from wabolt.messaging.store.events import event_data

NOT_SENT = "said_unsent"
"""The reason of a message that a member said was not sent."""

_SETTLE = """
    WITH doubted AS (
        SELECT id FROM messaging_message
         WHERE workspace_id = %(workspace)s AND origin_kind = %(kind)s AND origin_id = %(origin)s AND state = 'unknown'
           AND (%(contacts)s::bigint[] IS NULL OR contact_id = ANY(%(contacts)s))
         ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE messaging_message m
       SET state = CASE WHEN %(arrived)s THEN 'sent' ELSE 'failed' END, detail = '',
           reason = CASE WHEN %(arrived)s THEN '' ELSE %(reason)s END,
           sent_at = CASE WHEN %(arrived)s THEN coalesce(m.sent_at, m.attempted_at, %(now)s) END
      FROM doubted d WHERE m.id = d.id
    RETURNING new.id, new.contact_id, old.sent_at, new.sent_at
"""


@transaction.atomic
def settle_unknown(
    *,
    workspace: Workspace,
    origin_kind: str,
    origin_id: int,
    arrived: bool,
    contact_ids: Collection[int] | None = None,
) -> int:
    """Settles the unknown messages of one origin ("broadcast", 5), of these contacts or of all: `arrived` makes them
    `sent`, else `failed`. Returns how many. Messages that a receipt settled meanwhile are not changed."""
    now = clock.now()
    values: dict[str, Any] = {
        "workspace": workspace.pk, "kind": origin_kind, "origin": origin_id, "arrived": arrived, "now": now,
        "reason": NOT_SENT, "contacts": None if contact_ids is None else list(contact_ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, values)
        settled: list[tuple[int, int, datetime | None, datetime | None]] = cursor.fetchall()
    events = []
    for pk, contact_id, before, after in settled:
        data = event_data(pk, origin_kind, origin_id)
        if not arrived:
            events.append(NewEvent(contact_id, "message_failed", now, data))
        elif before is None and after is not None:
            events.append(NewEvent(contact_id, "message_sent", after, data))
    record_events(workspace=workspace, events=events)
    return len(settled)
