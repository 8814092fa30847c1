"""The child's hand in the database: events are written here, whole and committed, before anybody acts on them.

One connection does three things: it writes events, it holds the advisory lock that makes this child the only one of
its number, and it knocks at the lane. When it breaks, nothing is acknowledged further: the library's pump waits in
`keep` until the database is back.
"""

import logging
import threading
import time
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from wabolt.channels.providers.linked.decode import Heard
from wabolt.channels.providers.linked.refs import unseal
from wabolt.channels.providers.linked.waiting import write_chats

log = logging.getLogger(__name__)

STORE = "whatsmeow"
"""The schema of the library's own tables: session keys, which leave the house only encrypted."""
LANE_TOPIC = "wabolt_lane"
LOCK_SPACE = 0x5741_0000_0000_0000
"""Advisory locks of linked numbers: this plus the channel's id."""

_INSERT = """
    INSERT INTO channels_rawevent (channel_id, kind, dedupe_key, payload, occurred_at, received_at, attempts, error)
    VALUES (%s, %s, %s, %s, %s, %s, 0, '')
    ON CONFLICT (channel_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
"""
_SECRETS = f"SELECT message_id, key FROM {STORE}.whatsmeow_message_secrets WHERE message_id = ANY(%s)"
_PHONES = f"SELECT lid, pn FROM {STORE}.whatsmeow_lid_map WHERE lid = ANY(%s)"


class LockTakenError(Exception):
    """Another child of this number is alive."""


class Keeper:
    """Writes events of one channel. Safe to call from the library's threads."""

    def __init__(self, dsn: str, channel_id: int, key: bytes, topic: str = LANE_TOPIC) -> None:
        self._dsn = dsn
        self._channel = channel_id
        self._key = key
        self._topic = topic
        self._lock = threading.Lock()
        self._db: psycopg.Connection[Any] | None = None

    def claim(self, seconds: float) -> None:
        """Becomes the only child of this number; raises LockTakenError when another one does not go in time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with self._lock:
                    self._open()
            except LockTakenError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def keep(self, heard: Heard) -> None:
        """Commits one event and knocks at the lane; waits for as long as the database is away."""
        while True:
            try:
                with self._lock:
                    self._write(self._open(), heard)
            except LockTakenError:
                raise
            except psycopg.errors.DataError:
                # Text that PostgreSQL does not take (a NUL): kept as what it is, rather than kept from all others.
                text = "" if heard.kind == "history" else repr(heard.payload)
                heard = Heard("unreadable", {"of": heard.kind, "text": text}, heard.at, heard.dedupe_key)
            except psycopg.Error as error:
                log.warning("the database does not answer, an event waits: %r", error)
                self._drop()
                time.sleep(0.5)
            else:
                return

    def remember(self, **columns: Any) -> None:
        """Writes columns of the number's own row."""
        names = ", ".join(f"{name} = %({name})s" for name in columns)
        with self._lock:
            self._open().execute(
                f"UPDATE channels_linkednumber SET {names} WHERE channel_id = %(channel)s",
                {**columns, "channel": self._channel},
            )

    def phone_of(self, lid: str) -> str:
        """The number behind a LID (digits), or "" while the library knows none."""
        with self._lock:
            row = self._open().execute(_PHONES, [[lid]]).fetchone()
        return str(row[1]) if row else ""

    def secret_ref(self, secret: bytes) -> str | None:
        """WhatsApp's id of the message with this secret: None when it never came as far as the line."""
        query = f"SELECT message_id FROM {STORE}.whatsmeow_message_secrets WHERE key = %s"
        with self._lock:
            row = self._open().execute(query, [secret]).fetchone()
        return str(row[0]) if row else None

    def close(self) -> None:
        """Lets the lock go."""
        with self._lock:
            self._drop()

    def _open(self) -> psycopg.Connection[Any]:
        if self._db is None or self._db.closed:
            db = psycopg.connect(self._dsn, autocommit=True, connect_timeout=5)
            row = db.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_SPACE + self._channel]).fetchone()
            if row is None or not row[0]:
                db.close()
                raise LockTakenError
            self._db = db
        return self._db

    def _drop(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _write(self, db: psycopg.Connection[Any], heard: Heard) -> None:
        payload = dict(heard.payload)
        if heard.kind == "history":
            # Other people's chats are no event to keep for years: they wait apart, and only where they were asked for.
            with db.transaction():
                write_chats(db, self._channel, payload)
            return
        if heard.ids:
            payload["refs"] = self._refs(db, heard.ids)
        self._add_phone(db, payload)
        now = datetime.now(UTC)
        values = [self._channel, heard.kind, heard.dedupe_key, Jsonb(payload), heard.at, now]
        with db.transaction():
            db.execute(_INSERT, values)
            db.execute("SELECT pg_notify(%s, %s)", [self._topic, str(self._channel)])

    def _refs(self, db: psycopg.Connection[Any], ids: list[str]) -> dict[str, str]:
        rows = db.execute(_SECRETS, [ids]).fetchall()
        return {str(row[0]): ref for row in rows if (ref := unseal(self._key, bytes(row[1]))) is not None}

    def _add_phone(self, db: psycopg.Connection[Any], payload: dict[str, Any]) -> None:
        """The number behind a LID, through the library's own mapping, where the event itself does not name it."""
        chat = str(payload.get("chat", ""))
        alt = payload.get("recipient_alt" if payload.get("from_me") else "sender_alt")
        if chat.endswith("@lid") and not alt:
            row = db.execute(_PHONES, [[chat.partition("@")[0]]]).fetchone()
            if row:
                payload["phone"] = str(row[1])
