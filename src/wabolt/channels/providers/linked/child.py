"""The process of one linked number: `python -m wabolt.channels.providers.linked.child`, started by `process.Child`.

It does not import Django. It exchanges frames with the gateway on its standard input (a socket) and commits each event
to PostgreSQL in the library's own thread. It ends with its parent: by the kernel's signal, by the end of the socket, or
by its watchdog when no heartbeat comes any more (a frozen parent).
"""

import asyncio
import base64
import contextlib
import ctypes
import logging
import os
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from wabolt.channels.providers.linked.client_commands import CommandRunner
from wabolt.channels.providers.linked.decode import CODES, decode
from wabolt.channels.providers.linked.delivery import Delivery
from wabolt.channels.providers.linked.event_store import EventStore, LockTakenError
from wabolt.channels.providers.linked.frames import read_frame, send_frame
from wabolt.channels.providers.linked.phone_watch import PhoneWatch
from wabolt.channels.providers.linked.refusals import LIBRARY_RETRIES, code_of, meaning_of
from wabolt.channels.providers.linked.stanzas import (
    LONGEST_LINE,
    Envelope,
    bare,
    envelope_of,
    failure_of,
    receipt_of,
    unread_message,
)
from wabolt.channels.providers.linked.stanzas import read as read_stanza
from wabolt.channels.providers.linked.stored_event import StoredEvent
from wabolt.lib.log_lines import make_formatter

log = logging.getLogger(__name__)

SILENCE_SECONDS = 4.0
"""Seconds without a heartbeat after which the gateway counts as frozen or gone; shorter than the lease of a lane."""
LOCK_SECONDS = 20.0
QR_SECONDS = 160.0
"""Lifetime of all QR codes of one attempt. After the last code the library sends no event."""
EXECUTOR_THREADS = 24
"""Threads for library calls: the library keeps one blocked, and each running call uses one."""
PART_BYTES = 192 * 1024
"""Size of a part of a file in one frame, in bytes."""
PR_SET_PDEATHSIG = 1
DECRYPTING, IGNORING = "Decrypting message from ", "Ignoring message "
"""Beginnings of the log lines that say what the library does with a message (whatsmeow, message.go)."""
MOST_TRIES = 5
"""Number of consecutive processes that a message may end during its decryption. After that it is stored without
content."""


class Number:
    """The client of one number and its connection to the gateway."""

    def __init__(self, pipe: socket.socket, config: dict[str, Any]) -> None:
        self.pipe = pipe
        self.config = config
        self.is_pairing = not config["jid"]
        self.has_code = False
        self.jid: str = config["jid"]
        self.own = frozenset({self.jid.partition("@")[0].partition(":")[0], config["lid"]} - {""})
        self.store = EventStore(config["dsn"], config["channel"], bytes.fromhex(config["key"]))
        self.delivery = Delivery(is_stored=self.store.is_stored, store_unread=self._store_unread)
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.loop = asyncio.get_running_loop()
        self._writing = threading.Lock()
        self.phone = PhoneWatch(is_known=config["phone_known"], patience=timedelta(seconds=config["phone_patience"]))
        self.client: Any = None
        self.runner: asyncio.Future[CommandRunner] = self.loop.create_future()
        # Starts at once: on a busy machine, loading the library takes longer than the gateway waits for an answer.
        threading.Thread(target=self._read_commands, name="pipe", daemon=True).start()

    def send(self, **frame: Any) -> None:
        """Sends a frame to the gateway. Thread-safe."""
        with contextlib.suppress(OSError), self._writing:
            send_frame(self.pipe, frame)

    def end(self, why: str) -> None:
        """Ends the process in order. Thread-safe."""
        self.loop.call_soon_threadsafe(self._end, why)

    def _end(self, why: str) -> None:
        if not self.ended.done():
            self.ended.set_result(why)

    def on_event(self, _uuid: int, address: int, size: int, code: int) -> None:
        """Callback of the library for each event, in the library's thread. It commits the event before it returns."""
        if code == 0:
            self.delivery.started()
            return
        kind = CODES.get(code)
        if kind is None:
            return
        with self.delivery.handling():
            event = decode(kind, ctypes.string_at(address, size), datetime.now(UTC))
            if kind == "connected":
                event = self._linked(event)
            self.store_event(event)
            if kind == "logged_out":
                self.store.remember(jid="", stage="")  # the library has deleted the session
            if event.kind in {"message", "undecryptable"}:
                self.delivery.stored(str(event.payload["id"]))
        if kind in {"logged_out", "replaced", "outdated"}:
            self.end(kind)

    def store_event(self, event: StoredEvent) -> None:
        """Commits an event and tells the gateway. May be called from any thread of the library."""
        try:
            self.store.store(event)
        except LockTakenError:
            self.end("another process holds this number")
            return
        if event.payload.get("from_me") and event.payload.get("device") == 0:
            self.phone.seen()
            self._update_phone_state()
        self.send(type="event", kind=event.kind)

    def on_log_line(self, address: int, size: int) -> None:
        """Callback of the library for each log line, in any of its threads. The library waits until it returns
        (`stanzas`, `delivery`)."""
        from neonize.proto.Neonize_pb2 import LogEntry

        entry = LogEntry.FromString(ctypes.string_at(address, size))
        try:
            match entry.Name:
                case "Client/Recv":
                    self._on_stanza(entry.Message)
                case "Client/Send":
                    if (stanza := read_stanza(entry.Message)) is not None:
                        self.delivery.leaving(stanza)
                case "Client":
                    self._on_client_line(entry.Message)
        except LockTakenError:
            self.end("another process holds this number")
        if entry.Level in {"WARN", "ERROR"}:
            log.debug("%s: %s", entry.Name, entry.Message)

    def _on_stanza(self, line: str) -> None:
        stanza, now = read_stanza(line), datetime.now(UTC)
        if stanza is None:
            return
        match stanza.tag:
            case "message":
                self.delivery.arrived(envelope_of(stanza))
            case "receipt":
                if (event := receipt_of(stanza, self.own, now)) is not None:
                    self.store_event(event)
            case "success":
                self.delivery.connected()
            case "stream:error":
                self.store_event(StoredEvent("stream_error", {"line": line[:LONGEST_LINE]}, now))
            case "failure":
                event = failure_of(stanza, now)
                self.store_event(event)
                code = code_of(stanza.attributes)
                if event.kind == "banned":
                    self.end("banned")
                elif not meaning_of(code).is_final and code not in LIBRARY_RETRIES:
                    self.end(f"refused:{code}")

    def _on_client_line(self, line: str) -> None:
        """Reads the log lines that say which message the library works on."""
        if line.startswith(DECRYPTING):
            envelope = self.delivery.decrypting(bare(line.removeprefix(DECRYPTING).partition(" ")[0]))
            if envelope is not None and self.store.snapshot(envelope, self.jid) > MOST_TRIES:
                self._store_unread(envelope)  # decrypting this message ends the library each time
                self.delivery.stored(envelope.message_id)
        elif line.startswith(IGNORING):
            self.delivery.ignored(line.removeprefix(IGNORING).partition(" ")[0])

    def _store_unread(self, envelope: Envelope) -> None:
        self.store_event(unread_message(envelope, self.own, datetime.now(UTC)))

    def _update_phone_state(self) -> None:
        """Stores since when the shop's phone has been silent, or that it is back."""
        is_new, since = self.phone.news(datetime.now(UTC))
        if is_new:
            with contextlib.suppress(LockTakenError, psycopg.Error):  # only a notice for a page: losing it does no harm
                self.store.remember(phone_known=True, phone_off_since=since)

    def _linked(self, event: StoredEvent) -> StoredEvent:
        """Adds our own addresses to the `connected` event and stores them with it, so that no link is lost."""
        from neonize._binder import gocode
        from neonize.proto.Neonize_pb2 import Device

        me = Device.FromString(gocode.GetMe(self.client.uuid))
        jid = f"{me.JID.User}:{me.JID.Device}@{me.JID.Server}"
        self.jid, self.own = jid, frozenset({me.JID.User, me.LID.User} - {""})
        self.store.remember(jid=jid, lid=me.LID.User, profile_name=me.PushName)
        self.is_pairing = False
        return StoredEvent(event.kind, {"jid": jid, "lid": me.LID.User, "phone": me.JID.User}, event.at)

    async def run(self) -> str:
        """Connects, serves until the end, and returns the reason of the end."""
        from neonize._binder import ProxySettings
        from neonize.aioze import client as library
        from neonize.proto.waCompanionReg.WAWebProtobufsCompanionReg_pb2 import DeviceProps
        from neonize.utils.jid import build_jid

        jid = None
        if self.config["jid"]:
            user, _, server = self.config["jid"].partition("@")
            user, _, device = user.partition(":")
            jid = build_jid(user, server)
            jid.Device = int(device)
        # The list of chats arrives without the full history, and the content of old chats is not needed.
        props = DeviceProps(
            os=self.config.get("shown_as") or "WABolt", platformType=DeviceProps.CHROME, requireFullSync=False
        )
        library.log_whatsmeow = self.on_log_line
        library.log.setLevel(logging.DEBUG)  # log lines go to `on_log_line` only
        library.log.propagate = False
        self.client = library.NewAClient(
            self.config["store"], jid=jid, props=props, uuid=f"channel-{self.config['channel']}", new_device=jid is None
        )
        self.client.event.execute = self.on_event
        self.client.event.list_func = dict.fromkeys(CODES)
        self.client.event.qr(self._on_qr)
        through = self.config.get("proxy") or ""
        self.runner.set_result(CommandRunner(self.client, self.store, bytes.fromhex(self.config["key"]), through))
        proxy = ProxySettings(through) if through else None
        pump = await self.client.connect(proxy)
        # The library's reader can end while the socket stays open; all later events would be lost.
        pump.add_done_callback(self._reader_ended)
        if self.is_pairing:
            self.loop.call_later(QR_SECONDS, self._expire)
            self.loop.call_later(self.config["first_code_seconds"], self._expect_code)
        return await self.ended

    def _reader_ended(self, done: "asyncio.Task[Any]") -> None:
        self.delivery.ended()
        self.end(f"reader ended: {done.cancelled() or done.exception()}")

    def _expire(self) -> None:
        if self.is_pairing:
            self._end("expired")

    def _expect_code(self) -> None:
        # The library does not connect again if a connection without a session breaks.
        if self.is_pairing and not self.has_code:
            self._end("no code")

    async def _on_qr(self, _client: Any, text: bytes) -> None:
        self.has_code = True
        self.send(type="qr", text=text.decode())

    def _read_commands(self) -> None:
        """Reads commands in order. Each command is answered under its number."""
        while True:
            try:
                command = read_frame(self.pipe)
            except OSError:
                command = None
            if command is None:
                os._exit(0)
            Watchdog.beat()
            if command["do"] == "stop":
                self.end("stopped")
            elif command["do"] != "beat":
                asyncio.run_coroutine_threadsafe(self._answer(command), self.loop)

    async def _answer(self, command: dict[str, Any]) -> None:
        answer = await (await asyncio.shield(self.runner)).do(command)
        if answer.get("end") == "accepted":
            self.phone.sent(datetime.now(UTC))
            await asyncio.to_thread(self._update_phone_state)
        data = answer.pop("bytes", b"")
        for start in range(0, len(data), PART_BYTES):
            # In parts, so that an event does not wait for a whole file.
            part = base64.b64encode(data[start : start + PART_BYTES]).decode()
            await asyncio.to_thread(self.send, id=command["id"], part=part)
        await asyncio.to_thread(lambda: self.send(**{**answer, "id": command["id"]}))


class Watchdog(threading.Thread):
    """Ends this process when heartbeats of the parent stop."""

    last = time.monotonic()

    @classmethod
    def beat(cls) -> None:
        cls.last = time.monotonic()

    def run(self) -> None:
        while time.monotonic() - self.last < SILENCE_SECONDS:
            time.sleep(0.2)
        os._exit(3)


async def serve(pipe: socket.socket, config: dict[str, Any]) -> None:
    """Runs the number from the first frame to the last."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(EXECUTOR_THREADS))
    number = Number(pipe, config)
    try:
        await asyncio.to_thread(number.store.claim, LOCK_SECONDS)
    except LockTakenError:
        number.send(type="end", why="locked")
        return
    if await asyncio.to_thread(number.store.roll_back):
        log.info("a message was lost while it was decrypted: its session is put back, WhatsApp delivers it again")
    why = await number.run()
    number.send(type="end", why=why)
    number.store.close()


def main() -> None:
    """Entry point. Standard input is a socket; its first frame is the configuration."""
    if sys.platform == "linux":  # on other systems the end of the socket and the watchdog end this process
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the gateway finishes its batch first and then stops this process
    logging.getLogger("neonize").setLevel(logging.ERROR)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(make_formatter(os.environ.get("WABOLT_LOG_FORMAT", "text"), verbose=False))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    pipe = socket.socket(fileno=os.dup(0))
    config = read_frame(pipe)
    if config is None:
        return
    Watchdog(name="watchdog", daemon=True).start()
    with contextlib.suppress(Exception):
        asyncio.run(_guarded(pipe, config))
    os._exit(0)


async def _guarded(pipe: socket.socket, config: dict[str, Any]) -> None:
    try:
        await serve(pipe, config)
    except Exception as error:
        log.exception("the number's process broke off")
        with contextlib.suppress(OSError):
            send_frame(pipe, {"type": "end", "why": f"broken: {error!r}"})
    os._exit(0)


if __name__ == "__main__":
    main()
