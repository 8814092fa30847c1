"""The provider of linked numbers, which work like WhatsApp Web: one child process for each number."""

import base64
import hmac
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.providers.linked import commands
from wabolt.channels.providers.linked.event_store import STORE
from wabolt.channels.providers.linked.linking import connection_status
from wabolt.channels.providers.linked.parse import ban_seconds, parse
from wabolt.channels.providers.linked.phone_watch import PATIENCE
from wabolt.channels.providers.linked.process import Child, ChildGoneError
from wabolt.channels.providers.linked.proxy import proxy_of
from wabolt.channels.providers.linked.refusals import wait_before
from wabolt.channels.providers.linked.thumbnails import looks
from wabolt.channels.providers.linked.unread import store_placeholders
from wabolt.channels.providers.media_limits import DOCUMENTS, MEGABYTE, media_refusal
from wabolt.channels.registry.contract import (
    Accepted,
    Ambiguous,
    Capabilities,
    Later,
    Media,
    MediaGoneError,
    MediaLimit,
    MediaTooBigError,
    Outcome,
    Outgoing,
    Refused,
)
from wabolt.channels.registry.events import ProviderEvent
from wabolt.channels.services import NewRawEvent, store_raw_events
from wabolt.lib import clock

log = logging.getLogger(__name__)

ADDRESS = {"phone": "s.whatsapp.net", "lid": "lid"}
OFFLINE = Later("offline", timedelta(seconds=10))
NOT_TAKEN = Later("file_not_taken", timedelta(minutes=1), whole_lane=False)
"""An upload failed although there is a connection: only messages with this file wait."""
REACH_OUT_HOLD = timedelta(hours=24)
"""WhatsApp blocks first messages of a number for about a day; the library does not report the end."""
ANSWER_SECONDS = 30.0
"""Longest wait of the lane for an answer: the child's own limit for a message and a margin."""
MEDIA_SECONDS = 120.0
"""Longest wait for a download: a video over a slow connection."""
COURTESY_SECONDS = 1.0
UPLOAD_SECONDS = 120.0
"""Longest wait for an upload: 16 MB over a slow connection."""
UPLOAD_LIVES = 12 * 3600.0
"""Time during which an uploaded file is reused. WhatsApp keeps it for weeks."""
UNREAD_EVERY = 60.0
"""Interval of the search for messages that could not be decrypted."""
FIRST_BACKOFF, LONGEST_BACKOFF = 1.0, 60.0
STEADY_SECONDS = 60.0
"""A child that ran this long resets the backoff."""
FINAL = {"logged_out", "replaced", "outdated"}
"""Ends after which the number is not connected again automatically."""


class LinkedProvider:
    """The child of one number, restarted with backoff, and the mapping of its answers to outcomes."""

    capabilities = Capabilities(
        max_messages_per_minute=20,
        max_daily_cap=500,
        identity_kinds=frozenset({"phone", "lid"}),
        media={
            "image": MediaLimit(("image/jpeg", "image/png"), 5 * MEGABYTE),
            "document": MediaLimit(DOCUMENTS, 16 * MEGABYTE),
        },
        reports=frozenset({"media", "reaction", "edit", "revoke", "own"}),
        can_check_numbers=True,
        check_every=commands.CHECK_EVERY + timedelta(seconds=1),
        can_type=True,
        only_known_people=True,
    )

    connection_status = staticmethod(connection_status)
    phone_patience = PATIENCE
    """Silence after which the shop's phone counts as offline."""
    send_seconds = 20.0
    """Longest wait for WhatsApp's acknowledgement before a message counts as ambiguous."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.child: Child | None = None
        self._is_open = False
        self._seen = 0
        self._started = 0.0
        self._backoff = 0.0
        self._not_before = 0.0
        self._rest = ""
        self._refusals = self._pairing_attempt = 0
        self._unread_at = 0.0
        self._has_started = False
        self._not_taken: dict[tuple[str, str], float] = {}

    def connect(self) -> None:
        """Starts the process of a linked number. An unreachable number is no error: its state says so, and `send`
        answers `Later`."""
        if self._is_open:
            return
        self._is_open = True
        last = RawEvent.objects.filter(channel=self.channel).order_by("-id").values_list("id", flat=True).first()
        self._seen = last or 0
        number = commands.number_of(self.channel)
        if number.jid:
            self._start(number.jid)

    def close(self) -> None:
        """Ends the process. WhatsApp sees the device go offline."""
        self._is_open = False
        child, self.child = self.child, None
        if child is not None:
            child.close()

    def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Sends one message after another. Stops at the first that cannot be sent now."""
        outcomes: list[Outcome] = []
        for out in batch:
            outcome = self._refusal(out) or self._send(out)
            outcomes.append(outcome)
            if isinstance(outcome, Later | Ambiguous) or (isinstance(outcome, Refused) and outcome.hold):
                break
        return outcomes

    def collect(self, limit: int) -> int:
        """Restarts the child if needed and executes commands. The child stores events; returns how many are new."""
        if self._is_open:
            self._restart_if_due()
            commands.execute_commands(self)
            self._tell_unread()
        newer = RawEvent.objects.filter(channel=self.channel, pk__gt=self._seen).order_by("id")
        ids = list(newer.values_list("id", flat=True)[:limit])
        if ids:
            self._seen = ids[-1]
        return len(ids)

    def _tell_unread(self) -> None:
        if time.monotonic() >= self._unread_at:
            self._unread_at = time.monotonic() + UNREAD_EVERY
            store_placeholders(self.channel)

    def parse(self, raw: RawEvent) -> list[ProviderEvent]:
        """Parses an event that the child stored."""
        return parse(raw.kind, raw.payload, raw.occurred_at)

    def check_numbers(self, phones: Sequence[str]) -> dict[str, bool | None]:
        """Checks numbers at WhatsApp; recent answers are cached."""
        return commands.check_numbers(self, phones)

    def fetch_media(self, reference: Mapping[str, object], max_bytes: int) -> bytes:
        """See `registry.MediaProvider`. The child downloads in parallel and returns the bytes in small parts."""
        answer = self.ask("fetch", MEDIA_SECONDS, reference=dict(reference), max_bytes=max_bytes)
        if "too_big" in answer:
            raise MediaTooBigError(f"{answer['too_big']} bytes")
        if "expired" in answer:
            raise MediaGoneError(answer["expired"])
        return b"".join(base64.b64decode(part) for part in answer.get("parts", ()))

    def typing(self, to_kind: str, to: str, *, on: bool) -> None:
        """See `registry.PresenceProvider`."""
        self.ask("typing", COURTESY_SECONDS, to=address(to_kind, to), on=on)

    def mark_read(self, to_kind: str, to: str, provider_ids: Sequence[str]) -> None:
        """See `registry.PresenceProvider`."""
        self.ask("read", COURTESY_SECONDS, to=address(to_kind, to), ids=list(provider_ids))

    def ask(self, do: str, seconds: float = ANSWER_SECONDS, /, **arguments: Any) -> dict[str, Any]:
        """Executes one command in the child. Raises OSError when it fails."""
        child = self.child
        if child is None:
            raise ChildGoneError("not connected")
        answer = child.ask(seconds, do=do, **arguments)
        if answer.get("error"):
            raise OSError(answer["error"])
        return answer

    def _refusal(self, out: Outgoing) -> Refused | None:
        if out.to_kind not in ADDRESS:
            return Refused("wrong_number", f"cannot address a {out.to_kind}")
        if len(out.text) > self.capabilities.max_text_length:
            return Refused("too_long", f"{len(out.text)} characters")
        if out.template is not None or out.choices:
            return Refused("not_supported", "templates and choices")
        return media_refusal(self.capabilities, out)

    def _send(self, out: Outgoing) -> Outcome:
        if self.child is None or not self.child.is_connected:
            return OFFLINE
        if out.media is not None and not self._upload(self.child, out.media):
            return NOT_TAKEN if self.child.is_connected else OFFLINE
        try:
            answer = self.child.ask(ANSWER_SECONDS, **_command(out), seconds=self.send_seconds)
        except (ChildGoneError, TimeoutError) as error:
            return Ambiguous(str(error))
        if "error" in answer:
            return Ambiguous(answer["error"])
        match answer["end"]:
            case "accepted":
                return Accepted(answer["message"], datetime.fromtimestamp(answer["at"], UTC))
            case "refused":
                hold = REACH_OUT_HOLD if answer["code"] == "reach_out_locked" else None
                return Refused(answer["code"], answer["detail"], hold)
            case "later":
                return OFFLINE
        return Ambiguous(answer["detail"], answer["message"])

    def _upload(self, child: Child, media: Media) -> bool:
        """Uploads a file once for all messages that carry it. Returns False if it failed; nothing was sent then."""
        key = (media.kind, media.sha256)
        uploaded = child.files.get(key)
        if uploaded is not None and time.monotonic() - uploaded < UPLOAD_LIVES:
            return True
        if time.monotonic() < self._not_taken.get(key, 0.0):
            return False
        file_facts: dict[str, Any] = {
            "kind": media.kind,
            "sha256": media.sha256,
            "data": base64.b64encode(media.data).decode(),
        }
        if media.kind == "image" and (seen := looks(media.data)):
            file_facts["looks"] = {"width": seen.width, "height": seen.height}
            file_facts["looks"]["thumbnail"] = base64.b64encode(seen.thumbnail).decode()
        try:
            answer = child.ask(UPLOAD_SECONDS, do="upload", media=file_facts)
        except (ChildGoneError, TimeoutError) as error:
            answer = {"error": str(error)}
        if "error" in answer:
            log.warning("channel %s: a file could not be uploaded", self.channel.pk)
            if child.is_connected:  # without a connection, the next process may retry at once
                self._not_taken[key] = time.monotonic() + NOT_TAKEN.retry_after.total_seconds()
            return False
        child.files[key] = time.monotonic()
        return True

    def _start(self, jid: str) -> None:
        if self.child is not None:
            self.child.close()
        _prepare_store()
        self._started, self._has_started = time.monotonic(), True
        self._rest = ""
        number = commands.number_of(self.channel)
        self.child = Child(
            {
                "dsn": _psycopg_dsn(),
                "store": _store_url(),
                "channel": self.channel.pk,
                "jid": jid,
                "lid": number.lid if jid else "",
                "first_code_seconds": commands.FIRST_CODE_SECONDS,
                "phone_known": number.phone_known,
                "phone_patience": self.phone_patience.total_seconds(),
                "key": _ref_key(self.channel).hex(),
                "proxy": proxy_of(self.channel),
            }
        )

    def start_pairing(self, attempt: int = 1) -> None:
        """Starts a process without a session, which shows QR codes."""
        self._backoff, self._pairing_attempt = 0.0, attempt
        self._start("")

    def start_session(self) -> None:
        """Starts the process of the existing session at once."""
        self._backoff, self._not_before, self._refusals, self._rest = 0.0, 0.0, 0, ""
        jid = commands.number_of(self.channel).jid
        if jid:
            self._start(jid)

    def _restart_if_due(self) -> None:
        if self.child is not None and self.child.ended:
            self._handle_exit(self.child)
        if self.child is None and not self._rest and time.monotonic() >= self._not_before:
            jid = commands.number_of(self.channel).jid
            left = self._ban_left() if jid and not self._has_started else timedelta(0)
            if left > timedelta(0):
                self._not_before = time.monotonic() + left.total_seconds()
            elif jid:
                self._start(jid)

    def _handle_exit(self, child: Child) -> None:
        """Handles the end of a child and sets the time of the next start."""
        self.child = None
        why = child.ended  # a child that is closed reports "stopped"
        child.close()
        if why not in FINAL and commands.may_pair_again(self.channel, self._pairing_attempt):
            self.start_pairing(self._pairing_attempt + 1)
            return
        was_pairing = commands.pairing_ended(self.channel, why)
        if why in FINAL:
            self._rest = why
            return
        if child.was_connected:
            self._refusals = 0
        if why.startswith("refused:") and not was_pairing:
            self._refusals += 1
            wait = wait_before(self._refusals)
            self._not_before = time.monotonic() + wait.total_seconds()
            now = clock.now()
            detail = {"code": int(why.partition(":")[2]), "retry_at": (now + wait).isoformat()}
            store_raw_events(channel=self.channel, events=[NewRawEvent("refused", detail, now)])
            log.warning("channel %s: WhatsApp refused the login (%s)", self.channel.pk, detail["code"])
            return
        if why == "banned":
            self._not_before = time.monotonic() + self._ban_left().total_seconds()
            return
        if not was_pairing and why != "stopped":
            store_raw_events(channel=self.channel, events=[NewRawEvent("ended", {"why": why[:500]}, clock.now())])
        if time.monotonic() - self._started > STEADY_SECONDS:
            self._backoff = 0.0
        self._not_before = time.monotonic() + self._backoff
        self._backoff = min(LONGEST_BACKOFF, max(FIRST_BACKOFF, self._backoff * 2))
        log.warning("channel %s: its process ended (%s)", self.channel.pk, why.partition(":")[0])

    def _ban_left(self) -> timedelta:
        """Returns the rest of a temporary ban plus a minute; zero without a ban."""
        newest = RawEvent.objects.filter(channel=self.channel, kind__in=["banned", "connected"]).order_by("-id").first()
        if newest is None or newest.kind == "connected":
            return timedelta(0)
        length = timedelta(seconds=ban_seconds(newest.payload) + 60)
        return min(length, max(timedelta(0), newest.occurred_at + length - clock.now()))


def _command(out: Outgoing) -> dict[str, Any]:
    command: dict[str, Any] = {"do": "send", "ref": out.ref, "to": address(out.to_kind, out.to), "text": out.text}
    if out.quote_provider_id:
        command["quote"] = {"id": out.quote_provider_id, "text": out.quote_text, "ours": out.quote_is_ours}
    if out.media is not None:
        command["media"] = {
            "kind": out.media.kind,
            "sha256": out.media.sha256,
            "mime": out.media.mime_type,
            "name": out.media.name,
        }
    return command


def address(kind: str, value: str) -> str:
    """Returns the JID of an identity."""
    return f"{value.removeprefix('+')}@{ADDRESS[kind]}"


def _ref_key(channel: Channel) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), f"wabolt.linked.ref:{channel.pk}".encode(), sha256)


def _prepare_store() -> None:
    with suppress(Exception), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {STORE}")


def _connection() -> Mapping[str, Any]:
    known = {"host", "port", "user", "password", "dbname", "sslmode"}
    return {k: v for k, v in connection.get_connection_params().items() if k in known and v not in {None, ""}}


def _psycopg_dsn() -> str:
    # Keepalives detect a database that is gone within seconds: the advisory lock depends on the connection.
    return make_conninfo(**_connection(), keepalives_idle=3, keepalives_interval=1, keepalives_count=3)


def _store_url() -> str:
    """Returns the URL of the same database for the library's driver, with its own schema."""
    url = _connection()
    user = quote(str(url.get("user", "")), safe="")
    password = quote(str(url.get("password", "")), safe="")
    options = {"sslmode": url.get("sslmode", "disable"), "search_path": STORE, "host": url.get("host", "localhost")}
    if options["sslmode"] in {"prefer", "allow"}:
        options["sslmode"] = "disable"  # the driver does not know "prefer"
    if "port" in url:
        options["port"] = str(url["port"])
    return f"postgres://{user}:{password}@/{quote(str(url['dbname']), safe='')}?{urlencode(options)}"
