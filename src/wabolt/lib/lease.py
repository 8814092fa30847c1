"""Leases: one process at a time owns a row, for a limited time, with a fencing token.

A lease is three columns of a table (`lib.leased.Leased`): `holder` names the owner ("" means free), `token` grows with
each new owner and `beat` with each renewal. No column holds a time, so a clock that jumps cannot prolong or end a
lease. Each side measures the duration on its own monotonic clock:

- The holder counts from the moment before the statement that renewed the lease (`Lease.deadline`).
- A contender counts from the moment it first saw the present `(token, beat)`. When the pair has not changed for the
  whole duration, the contender takes the row over with a compare-and-set on that pair.

A contender starts to count after the renewal was committed, so it never takes a row over before the holder's deadline.
The token is the fence: `Leases.fence` locks the row and raises `LeaseLostError` when another process took it over.

The module knows no Django: `cursor` is a cursor of Django or of psycopg.
"""

import os
import secrets
import socket
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Protocol

_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class Cursor(Protocol):
    """The part of a database cursor that leases use."""

    def execute(self, query: Any, params: Any = None, /) -> object:
        """Runs one statement."""

    def fetchall(self) -> list[Any]:
        """All rows of the last statement."""


class LeaseLostError(Exception):
    """Another process owns the row: the caller must write nothing more and start nothing more for it."""


def boottime() -> float:
    """Seconds on a clock that never jumps. On Linux it also counts the time during which the machine was suspended."""
    return time.monotonic() if _BOOTTIME is None else time.clock_gettime(_BOOTTIME)


def holder_name() -> str:
    """A name that no other process has, now or after a restart (at most 100 characters)."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def limit_frozen_transactions(cursor: Cursor, seconds: float) -> None:
    """Lets the database end this session's transactions that stay idle for `seconds`.

    A holder that freezes inside a transaction keeps its row locked, and no contender could take it over.
    """
    cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [f"{int(seconds * 1000)}ms"])


@dataclass(slots=True)
class Lease:
    """A row that this process owns. `deadline` (seconds of `boottime`) is when others may take it over."""

    key: int | str
    token: int
    deadline: float
    clock: Callable[[], float] = field(default=boottime, repr=False, compare=False)

    @property
    def held(self) -> bool:
        """Whether no other process can have taken the row over. False means "ask the database", not "lost"."""
        return self.clock() < self.deadline

    def renewed(self, started: float, seconds: float) -> None:
        """Notes a committed renewal whose statement began not before `started` (seconds of `boottime`)."""
        self.deadline = max(self.deadline, started + seconds)


class Leases:
    """The leases of one table, as one process sees them.

    `table` has the columns `key`, `holder`, `token` and `beat`; both names come from the code, never from a user.
    `seconds()` returns the duration of a lease that is not renewed; it must be the same in every process. `clock`
    returns the seconds of a clock that never jumps.
    """

    def __init__(
        self,
        table: str,
        key: str,
        *,
        seconds: Callable[[], float],
        holder: str | None = None,
        clock: Callable[[], float] = boottime,
    ) -> None:
        self.table = table
        self.key = key
        self.seconds = seconds
        self.holder = holder or holder_name()
        self.clock = clock
        self._seen: dict[int | str, tuple[int, int, float]] = {}

    def acquire(self, cursor: Cursor, keys: Collection[int] | Collection[str]) -> list[Lease]:
        """Takes those rows of `keys` that are free or that their holder has not renewed for the whole duration.

        Needs repeated calls of the same object to see that a holder is silent. Rows that a transaction has locked are
        passed over. Each new lease has a greater token than all before.
        """
        started = self.clock()
        cursor.execute(
            f"SELECT {self.key}, holder, token, beat FROM {self.table} WHERE {self.key} = ANY(%s)", [list(keys)]
        )
        free = [
            (key, token, beat) for key, holder, token, beat in cursor.fetchall() if self._free(key, holder, token, beat)
        ]
        if not free:
            return []
        free_keys, tokens, beats = (list(column) for column in zip(*free, strict=True))
        kind = "text" if isinstance(free_keys[0], str) else "bigint"
        cursor.execute(
            f"""
            WITH free AS (
                SELECT l.{self.key} AS key FROM {self.table} l
                JOIN unnest(%s::{kind}[], %s::bigint[], %s::bigint[]) AS v (key, token, beat)
                  ON v.key = l.{self.key} AND v.token = l.token AND v.beat = l.beat
                FOR NO KEY UPDATE OF l SKIP LOCKED)
            UPDATE {self.table} l SET holder = %s, token = l.token + 1, beat = l.beat + 1
            FROM free WHERE l.{self.key} = free.key RETURNING l.{self.key}, l.token
            """,
            [free_keys, tokens, beats, self.holder],
        )
        leases = [Lease(key, token, started + self.seconds(), self.clock) for key, token in cursor.fetchall()]
        for lease in leases:
            self._seen.pop(lease.key, None)
        return leases

    def renew(self, cursor: Cursor, leases: Collection[Lease]) -> list[Lease]:
        """Renews `leases` and returns those that are lost or run out. A row that a transaction has locked is passed
        over: its holder's transaction renews it with `fence`."""
        if not leases:
            return []
        started = self.clock()
        kind = "text" if isinstance(next(iter(leases)).key, str) else "bigint"
        cursor.execute(
            f"""
            WITH ours AS (
                SELECT l.{self.key} AS key FROM {self.table} l
                JOIN unnest(%s::{kind}[], %s::bigint[]) AS v (key, token) ON v.key = l.{self.key} AND v.token = l.token
                WHERE l.holder <> '' FOR NO KEY UPDATE OF l SKIP LOCKED)
            UPDATE {self.table} l SET beat = l.beat + 1
            FROM ours WHERE l.{self.key} = ours.key RETURNING l.{self.key}, l.token
            """,
            [[lease.key for lease in leases], [lease.token for lease in leases]],
        )
        renewed = set(cursor.fetchall())
        for lease in leases:
            if (lease.key, lease.token) in renewed:
                lease.renewed(started, self.seconds())
        return [lease for lease in leases if not lease.held]

    def fence(self, cursor: Cursor, lease: Lease) -> None:
        """Locks the row until the end of the caller's transaction and renews it. Raises `LeaseLostError` when another
        process took it over. Call `lease.renewed` after the commit."""
        cursor.execute(
            f"UPDATE {self.table} SET beat = beat + 1"
            f" WHERE {self.key} = %s AND token = %s AND holder <> '' RETURNING token",
            [lease.key, lease.token],
        )
        if not cursor.fetchall():
            raise LeaseLostError

    def release(self, cursor: Cursor, lease: Lease) -> None:
        """Frees the row, so that the next holder need not wait for the duration."""
        cursor.execute(
            f"UPDATE {self.table} SET holder = '', beat = beat + 1 WHERE {self.key} = %s AND token = %s",
            [lease.key, lease.token],
        )
        lease.deadline = 0.0

    def _free(self, key: int | str, holder: str, token: int, beat: int) -> bool:
        if not holder:
            return True
        now = self.clock()
        last = self._seen.get(key)
        if last is None or last[:2] != (token, beat):
            self._seen[key] = (token, beat, now)
            return False
        return now - last[2] >= self.seconds()
