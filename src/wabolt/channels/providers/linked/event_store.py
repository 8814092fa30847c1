"""The child's database connection: it commits every event before the event is acknowledged to WhatsApp.

The connection also holds the advisory lock that makes this child the only one of its number, and wakes the lane with
NOTIFY. While the database is away, `store` waits, and nothing is acknowledged.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.types.json import Jsonb

from wabolt.channels.providers.linked.chat_store import write_chats
from wabolt.channels.providers.linked.ratchet import rewound
from wabolt.channels.providers.linked.refs import unseal
from wabolt.channels.providers.linked.stanzas import Envelope, bare, device_of
from wabolt.channels.providers.linked.stored_event import StoredEvent
from wabolt.channels.topics import LANE_TOPIC
from wabolt.lib.text import storable_json

log = logging.getLogger(__name__)
T = TypeVar("T")

STORE = "whatsmeow"
"""Schema of the library's tables. It holds session keys, which a backup contains only encrypted."""
LONGEST_UNREADABLE = 20_000
"""Characters kept of an event that PostgreSQL refuses."""
LOCK_SPACE = 0x5741_0000_0000_0000
"""Advisory locks of linked numbers: this number plus the channel's id."""

_INSERT: LiteralString = """
    INSERT INTO channels_rawevent (channel_id, kind, dedupe_key, payload, occurred_at, received_at, attempts, error)
    VALUES (%s, %s, %s, %s, %s, %s, 0, '')
    ON CONFLICT (channel_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
"""
_IS_STORED: LiteralString = "SELECT FROM channels_rawevent WHERE channel_id = %s AND dedupe_key = ANY(%s) LIMIT 1"
_SECRETS: LiteralString = "SELECT message_id, key FROM whatsmeow.whatsmeow_message_secrets WHERE message_id = ANY(%s)"
_PHONES: LiteralString = "SELECT lid, pn FROM whatsmeow.whatsmeow_lid_map WHERE lid = ANY(%s)"
_SNAPSHOT_TABLE: LiteralString = """
    CREATE TABLE IF NOT EXISTS whatsmeow.wabolt_decrypting (
        channel_id bigint PRIMARY KEY,
        dedupe_keys text[] NOT NULL,
        our_jid text NOT NULL,
        addresses text[] NOT NULL,
        sessions jsonb NOT NULL,
        prekeys jsonb NOT NULL,
        tries int NOT NULL DEFAULT 1
    )
"""
# One row for each number: the message that is being decrypted, and the sender's sessions before the decryption.
_SNAPSHOT: LiteralString = """
    INSERT INTO whatsmeow.wabolt_decrypting AS d (channel_id, dedupe_keys, our_jid, addresses, sessions, prekeys)
    SELECT %(channel)s, %(keys)s, %(jid)s, %(addresses)s,
           coalesce((SELECT jsonb_object_agg(s.their_id, encode(s.session, 'hex'))
                       FROM whatsmeow.whatsmeow_sessions s
                      WHERE s.our_jid = %(jid)s AND s.their_id = ANY(%(addresses)s)), '{}'),
           coalesce((SELECT jsonb_object_agg(p.key_id, jsonb_build_array(encode(p.key, 'hex'), p.uploaded))
                       FROM whatsmeow.whatsmeow_pre_keys p WHERE p.jid = %(jid)s AND %(first)s), '{}')
    ON CONFLICT (channel_id) DO UPDATE
       SET dedupe_keys = excluded.dedupe_keys, our_jid = excluded.our_jid, addresses = excluded.addresses,
           sessions = excluded.sessions, prekeys = excluded.prekeys,
           tries = CASE WHEN d.dedupe_keys = excluded.dedupe_keys THEN d.tries + 1 ELSE 1 END
 RETURNING tries
"""
_DROP_SNAPSHOT: LiteralString = (
    "DELETE FROM whatsmeow.wabolt_decrypting WHERE channel_id = %s AND %s = ANY(dedupe_keys)"
)
_READ_SNAPSHOT: LiteralString = (
    "SELECT our_jid, addresses, sessions, prekeys FROM whatsmeow.wabolt_decrypting WHERE channel_id = %s"
)
_SESSIONS: LiteralString = (
    "SELECT their_id, session FROM whatsmeow.whatsmeow_sessions WHERE our_jid = %s AND their_id = ANY(%s)"
)
_PUT_PREKEYS: LiteralString = """
    INSERT INTO whatsmeow.whatsmeow_pre_keys (jid, key_id, key, uploaded)
    SELECT %s, p.key::int, decode(p.value->>0, 'hex'), (p.value->>1)::bool FROM jsonb_each(%s) p
    ON CONFLICT DO NOTHING
"""


class LockTakenError(Exception):
    """Another child of this number is running."""


class EventStore:
    """Stores the events of one channel. Thread-safe."""

    def __init__(self, dsn: str, channel_id: int, key: bytes, topic: str = LANE_TOPIC) -> None:
        self._dsn = dsn
        self._channel = channel_id
        self._key = key
        self._topic = topic
        self._lock = threading.Lock()
        self._db: psycopg.Connection[Any] | None = None

    def claim(self, seconds: float) -> None:
        """Takes the advisory lock of the number. Raises LockTakenError when another child holds it for `seconds`."""
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

    def store(self, event: StoredEvent) -> None:
        """Commits one event and wakes the lane. Waits while the database is away."""
        clean = StoredEvent(event.kind, storable_json(event.payload), event.at, event.dedupe_key, event.ids)
        try:
            self._until_done(lambda db: self._write(db, clean))
        except psycopg.DataError as error:
            kept = "" if event.kind == "history" else repr(event.payload)[:LONGEST_UNREADABLE]
            error_payload = {"of": event.kind, "text": storable_json(kept), "error": repr(error)[:200]}
            other = StoredEvent("unreadable", error_payload, clean.at, clean.dedupe_key)
            self._until_done(lambda db: self._write(db, other))

    def is_stored(self, envelope: Envelope) -> bool:
        """Whether the message is stored, with or without its content."""
        values = [self._channel, list(envelope.keys)]
        return self._until_done(lambda db: db.execute(_IS_STORED, values).fetchone() is not None)

    def snapshot(self, envelope: Envelope, our_jid: str) -> int:
        """Stores the sessions that the decryption of this message will change, until the message is stored.

        Returns how many times in a row the decryption of this message was started; more than 1 means that it ended a
        process.
        """
        values: dict[str, Any] = {
            "channel": self._channel,
            "keys": list(envelope.keys),
            "jid": our_jid,
            "first": envelope.is_first,
        }

        def write(db: psycopg.Connection[Any]) -> int:
            values["addresses"] = _signal_addresses(db, envelope)
            with db.transaction():
                # Only the order in the WAL matters: the snapshot comes before the change of the session.
                db.execute("SET LOCAL synchronous_commit = off")
                row = db.execute(_SNAPSHOT, values).fetchone()
            return int(row[0]) if row else 1

        try:
            return self._until_done(write)
        except psycopg.ProgrammingError as error:  # the tables of the library may change with its version
            log.warning("the session cannot be kept while a message is decrypted: %s", type(error).__name__)
            return 1

    def roll_back(self) -> bool:
        """Restores the session of a message that was decrypted and not stored, so that it can be decrypted again.

        Returns whether there was one. Must run before the client connects.
        """
        with self._lock:
            db = self._open()
            db.execute(f"CREATE SCHEMA IF NOT EXISTS {STORE}")
            db.execute(_SNAPSHOT_TABLE)
            with db.transaction():
                row = db.execute(_READ_SNAPSHOT, [self._channel]).fetchone()
                if row is None:
                    return False
                our_jid, addresses, sessions, prekeys = row
                now = {str(who): bytes(data) for who, data in db.execute(_SESSIONS, [our_jid, addresses]).fetchall()}
                for who in addresses:
                    _put_session(db, our_jid, who, sessions.get(who), now.get(who))
                if prekeys:
                    db.execute(_PUT_PREKEYS, [our_jid, Jsonb(prekeys)])
        return True

    def _until_done(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        """Returns the result of `work`; retries while the database is away."""
        while True:
            try:
                with self._lock:
                    return work(self._open())
            except (psycopg.DataError, psycopg.ProgrammingError):
                raise
            except psycopg.Error as error:
                log.warning("the database does not answer, an event waits: %s", type(error).__name__)
                with self._lock:
                    self._drop()
                time.sleep(0.5)

    def remember(self, **columns: Any) -> None:
        """Updates columns of the number's LinkedNumber row."""
        names = ", ".join(f"{name} = %({name})s" for name in columns)
        with self._lock:
            self._open().execute(
                f"UPDATE channels_linkednumber SET {names} WHERE channel_id = %(channel)s",
                {**columns, "channel": self._channel},
            )

    def phone_of(self, lid: str) -> str:
        """Returns the phone number (digits) of a LID, or ""."""
        with self._lock:
            row = self._open().execute(_PHONES, [[lid]]).fetchone()
        return str(row[1]) if row else ""

    def secret_ref(self, secret: bytes) -> str | None:
        """Returns WhatsApp's id of the message with this secret; None if the message was never sent."""
        query = f"SELECT message_id FROM {STORE}.whatsmeow_message_secrets WHERE key = %s"
        with self._lock:
            row = self._open().execute(query, [secret]).fetchone()
        return str(row[0]) if row else None

    def close(self) -> None:
        """Closes the connection, which releases the lock."""
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

    def _write(self, db: psycopg.Connection[Any], event: StoredEvent) -> None:
        payload = dict(event.payload)
        if event.kind == "history":
            # Old chats are no events: they are stored separately, and only if the owner asked for them.
            with db.transaction():
                write_chats(db, self._channel, payload)
            return
        if event.ids:
            payload["refs"] = self._refs(db, event.ids)
        self._add_phone(db, payload)
        now = datetime.now(UTC)
        values = [self._channel, event.kind, event.dedupe_key, Jsonb(payload), event.at, now]
        with db.transaction():
            db.execute(_INSERT, values)
            if event.kind in {"message", "undecryptable"}:
                db.execute(_DROP_SNAPSHOT, [self._channel, event.dedupe_key])
            db.execute("SELECT pg_notify(%s, %s)", [self._topic, str(self._channel)])

    def _refs(self, db: psycopg.Connection[Any], ids: list[str]) -> dict[str, str]:
        rows = db.execute(_SECRETS, [ids]).fetchall()
        return {str(row[0]): ref for row in rows if (ref := unseal(self._key, bytes(row[1]))) is not None}

    def _add_phone(self, db: psycopg.Connection[Any], payload: dict[str, Any]) -> None:
        """Adds the phone number of a LID from the library's mapping if the event does not contain it."""
        chat = str(payload.get("chat", ""))
        alt = payload.get("recipient_alt" if payload.get("from_me") else "sender_alt")
        if chat.endswith("@lid") and not alt:
            row = db.execute(_PHONES, [[chat.partition("@")[0]]]).fetchone()
            if row:
                payload["phone"] = str(row[1])


def _signal_addresses(db: psycopg.Connection[Any], envelope: Envelope) -> list[str]:
    """Returns the keys of the sender's sessions: `user:device` for a phone number, `user_1:device` for a LID."""
    device = device_of(envelope.sender)
    user, _, server = bare(envelope.sender).partition("@")
    known = {(user, server)}
    query = "SELECT lid, pn FROM whatsmeow.whatsmeow_lid_map WHERE lid = %s OR pn = %s"
    for lid, number in db.execute(query, [user, user]).fetchall():
        known |= {(str(lid), "lid"), (str(number), "s.whatsapp.net")}
    found = set()
    for user, server in known:
        found.add(f"{user}_1:{device}" if server == "lid" else f"{user}:{device}")
    return sorted(found)


def _put_session(
    db: psycopg.Connection[Any], our_jid: str, their_id: str, before: str | None, after: bytes | None
) -> None:
    if before is None:
        db.execute("DELETE FROM whatsmeow.whatsmeow_sessions WHERE our_jid = %s AND their_id = %s", [our_jid, their_id])
        return
    session = bytes.fromhex(before)
    try:
        session = rewound(session, after)
    except (ValueError, KeyError):
        log.warning("a session record of an unknown form is put back as it was")
    db.execute(
        "INSERT INTO whatsmeow.whatsmeow_sessions (our_jid, their_id, session) VALUES (%s, %s, %s)"
        " ON CONFLICT (our_jid, their_id) DO UPDATE SET session = excluded.session",
        [our_jid, their_id, session],
    )
