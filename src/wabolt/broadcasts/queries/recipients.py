"""The recipients of a broadcast, one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from wabolt.broadcasts.models import Broadcast
from wabolt.contacts.queries import PHONE_SQL

_FROM = """
  FROM broadcasts_recipient r
  LEFT JOIN messaging_message m
    ON m.origin_kind = 'broadcast' AND m.origin_id = r.broadcast_id AND m.contact_id = r.contact_id
  JOIN contacts_contact c ON c.id = r.contact_id
 WHERE r.broadcast_id = %(broadcast)s
   AND (%(state)s = '' OR CASE WHEN r.outcome = 'queued' THEN m.state ELSE r.outcome END = %(state)s)
   AND (%(reason)s = '' OR coalesce(nullif(m.reason, ''), r.reason) = %(reason)s)
"""
_COUNT_ALL = "SELECT count(*) FROM broadcasts_recipient WHERE broadcast_id = %(broadcast)s"
_SELECT = f"""
SELECT c.id, c.name, CASE WHEN r.outcome = 'queued' THEN m.state ELSE r.outcome END,
       coalesce(nullif(m.reason, ''), r.reason), m.sent_at, m.read_at,
       {PHONE_SQL}
"""


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """A recipient: the message's state or the outcome of the freeze, and the reason if it was not sent."""

    contact_id: int
    name: str
    state: str
    reason: str
    sent_at: datetime | None
    read_at: datetime | None
    phone: str | None


class Recipients:
    """Recipients in the order of the freeze, filtered by `state` or `reason` ("": all). Counts and slices run in SQL,
    as Django's Paginator needs them."""

    def __init__(self, broadcast: Broadcast, state: str, reason: str) -> None:
        self.scope: dict[str, Any] = {"broadcast": broadcast.pk, "state": state, "reason": reason}

    def count(self) -> int:
        is_narrowed = self.scope["state"] or self.scope["reason"]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) {_FROM}" if is_narrowed else _COUNT_ALL, self.scope)
            return int(cursor.fetchone()[0])

    __len__ = count

    def __getitem__(self, part: slice) -> list[RecipientRow]:
        limits = {"offset": part.start or 0, "limit": (part.stop or 0) - (part.start or 0)}
        with connection.cursor() as cursor:
            cursor.execute(f"{_SELECT} {_FROM} ORDER BY r.id LIMIT %(limit)s OFFSET %(offset)s", self.scope | limits)
            return [RecipientRow(*row) for row in cursor.fetchall()]

    def __iter__(self) -> Iterator[RecipientRow]:
        return iter(self[0 : self.count()])


def recipients(broadcast: Broadcast, *, state: str = "", reason: str = "") -> Recipients:
    """Returns the recipients in `state`: a state of messaging.Message, or "suppressed" or "held_out" of the freeze."""
    return Recipients(broadcast, state, reason)
