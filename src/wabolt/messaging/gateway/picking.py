"""Selects the next messages of a lane without scanning paused messages again and again.

A pause is one row (`PausedOrigin`), however many messages are paused, and deleting it releases them at once. But every
claim would scan all paused messages that come before the first one that may be sent. So the worker of a lane remembers
a floor: the id below which all bulk messages were paused. It starts to scan there.
"""

import time
from dataclasses import dataclass
from typing import Any

from wabolt.messaging.gateway.sql import execute
from wabolt.messaging.store.models import Message

_READY = """
    SELECT m.id, m.contact_id FROM messaging_message m
    WHERE m.channel_id = %(channel)s AND m.purpose = %(purpose)s AND m.state = 'queued' AND m.not_before IS NULL
      AND {which}
      AND NOT EXISTS (SELECT FROM messaging_pausedorigin p
                      WHERE p.origin_kind = m.origin_kind AND p.origin_id = m.origin_id)
    ORDER BY m.priority, m.id LIMIT %(limit)s FOR NO KEY UPDATE OF m SKIP LOCKED
"""
READY = _READY.format(which="m.priority <= %(priority)s")
READY_ABOVE = _READY.format(which="m.priority = %(priority)s AND m.id > %(floor)s")
_LAST = """
    SELECT coalesce(max(id), 0) FROM messaging_message WHERE channel_id = %(channel)s AND purpose = %(purpose)s
      AND state = 'queued' AND not_before IS NULL AND priority = %(priority)s
"""
_PAUSED = "SELECT origin_kind, origin_id FROM messaging_pausedorigin WHERE workspace_id = %(workspace)s"

# A message may appear below the floor: it was deferred or locked, or its transaction committed late. So a floor is
# valid for a limited time, which is longer if the floor was expensive to find.
HOLDS_AT_LEAST = 3.0
HOLDS_AT_MOST = 60.0
_COST_FACTOR = 50


@dataclass(slots=True)
class _Floor:
    above: int = 0
    until: float = 0.0


class Picker:
    """Selects messages of one lane and keeps its floors between claims."""

    def __init__(self, channel_id: int) -> None:
        self.channel_id = channel_id
        self._paused: frozenset[tuple[str, int]] = frozenset()
        self._floors: dict[str, _Floor] = {}

    def look(self, workspace_id: int) -> None:
        """Reads which origins are paused, at the start of a claim. The floors are dropped if this has changed."""
        paused = frozenset(execute(_PAUSED, {"workspace": workspace_id}).fetchall())
        if paused != self._paused:
            self._paused = paused
            self.forget()

    def forget(self) -> None:
        """Drops the floors, because messages became due that may be below them."""
        self._floors.clear()

    def pick(self, purpose: str, priority: int, limit: int) -> list[tuple[int, int]]:
        """Locks and returns (message id, contact id) of the next messages of this purpose, up to this priority, that
        are not paused."""
        which = {"channel": self.channel_id, "purpose": purpose, "priority": priority, "limit": limit}
        if not self._paused or priority < Message.Priority.BULK:
            return execute(READY, which).fetchall()
        found: list[tuple[int, int]] = execute(READY, which | {"priority": priority - 1}).fetchall()
        if len(found) < limit:
            found += self._bulk(which | {"limit": limit - len(found)})
        return found

    def _bulk(self, which: dict[str, Any]) -> list[tuple[int, int]]:
        begun = time.monotonic()
        floor = self._floors.setdefault(which["purpose"], _Floor())
        is_new = begun >= floor.until
        if is_new:
            floor.above = 0
        # Read before the search, so that a message that arrives meanwhile is not below the floor.
        [(last,)] = execute(_LAST, which).fetchall()
        found: list[tuple[int, int]] = execute(READY_ABOVE, which | {"floor": floor.above}).fetchall()
        floor.above = max(floor.above, found[0][0] - 1 if found else last)
        if is_new:
            now = time.monotonic()
            floor.until = now + min(HOLDS_AT_MOST, max(HOLDS_AT_LEAST, _COST_FACTOR * (now - begun)))
        return found
