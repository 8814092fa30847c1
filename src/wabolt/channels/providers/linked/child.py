"""The process of one linked number: `python -m wabolt.channels.providers.linked.child`, started by `process.Child`.

No Django in here. It speaks frames on its standard input (a socket), writes every event into PostgreSQL in the
library's own thread before the library goes on, and dies with whoever started it: by the kernel's signal, by the end
of the socket, and by its own watchdog when no sign of life comes any more, as when its parent is frozen.
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

from wabolt.channels.providers.linked.decode import CODES, decode
from wabolt.channels.providers.linked.delivery import Delivery
from wabolt.channels.providers.linked.event_store import EventStore, LockTakenError
from wabolt.channels.providers.linked.heard import Heard
from wabolt.channels.providers.linked.phone import PhoneWatch
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
from wabolt.channels.providers.linked.talk import Talker
from wabolt.channels.providers.linked.wire import read_frame, send_frame

log = logging.getLogger(__name__)

SILENCE_SECONDS = 4.0
"""Without a sign of life from the gateway for so long, it is frozen or gone: less than a lane's lease."""
LOCK_SECONDS = 20.0
QR_SECONDS = 160.0
"""All QR codes of one attempt: after the last one the library falls silent without an event."""
EXECUTOR_THREADS = 24
"""The library parks one for good and takes one for every call under way."""
PART_BYTES = 192 * 1024
"""Bytes of a file in one frame."""
PR_SET_PDEATHSIG = 1
DECRYPTING, IGNORING = "Decrypting message from ", "Ignoring message "
"""How the library's lines begin that say what it does with a message (whatsmeow, message.go)."""
MOST_TRIES = 5
"""A message that was being decrypted at the end of so many processes in a row is stored without its content."""


class Number:
    """The client of one number, and what it says to the gateway."""

    def __init__(self, pipe: socket.socket, config: dict[str, Any]) -> None:
        self.pipe = pipe
        self.config = config
        self.is_pairing = not config["jid"]
        self.jid: str = config["jid"]
        self.own = frozenset({self.jid.partition("@")[0].partition(":")[0], config["lid"]} - {""})
        self.store = EventStore(config["dsn"], config["channel"], bytes.fromhex(config["key"]))
        self.delivery = Delivery(is_stored=self.store.is_stored, store_unread=self._store_unread)
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.loop = asyncio.get_running_loop()
        self._writing = threading.Lock()
        self.phone = PhoneWatch(is_known=config["phone_known"], patience=timedelta(seconds=config["phone_patience"]))
        self.client: Any = None
        self.talker: asyncio.Future[Talker] = self.loop.create_future()
        # From the first moment: a busy machine takes longer to load the library than a gateway may stay silent.
        threading.Thread(target=self._listen, name="pipe", daemon=True).start()

    def say(self, **frame: Any) -> None:
        """A frame to the gateway, from any thread."""
        with contextlib.suppress(OSError), self._writing:
            send_frame(self.pipe, frame)

    def end(self, why: str) -> None:
        """Ends the process in order, from any thread."""
        self.loop.call_soon_threadsafe(self._end, why)

    def _end(self, why: str) -> None:
        if not self.ended.done():
            self.ended.set_result(why)

    def hear(self, _uuid: int, address: int, size: int, code: int) -> None:
        """The library's callback, in its own thread: it goes on when this returns. First the event is written."""
        if code == 0:
            self.delivery.started()
            return
        kind = CODES.get(code)
        if kind is None:
            return
        with self.delivery.handling():
            heard = decode(kind, ctypes.string_at(address, size), datetime.now(UTC))
            if kind == "connected":
                heard = self._linked(heard)
            self.keep(heard)
            if kind == "logged_out":
                self.store.remember(jid="", stage="")  # the library has deleted the session
            if heard.kind in {"message", "undecryptable"}:
                self.delivery.stored(str(heard.payload["id"]))
        if kind in {"logged_out", "replaced", "outdated"}:
            self.end(kind)

    def keep(self, heard: Heard) -> None:
        """Commits an event, and says so to the gateway. From any thread of the library."""
        try:
            self.store.store(heard)
        except LockTakenError:
            self.end("another process holds this number")
            return
        if heard.payload.get("from_me") and heard.payload.get("device") == 0:
            self.phone.seen()
            self._watch()
        self.say(say="event", kind=heard.kind)

    def read_log(self, address: int, size: int) -> None:
        """The library's log, in whatever thread of its own: it goes on when this returns (`stanzas`, `delivery`)."""
        from neonize.proto.Neonize_pb2 import LogEntry

        entry = LogEntry.FromString(ctypes.string_at(address, size))
        try:
            match entry.Name:
                case "Client/Recv":
                    self._received(entry.Message)
                case "Client/Send":
                    if (stanza := read_stanza(entry.Message)) is not None:
                        self.delivery.leaving(stanza)
                case "Client":
                    self._handling(entry.Message)
        except LockTakenError:
            self.end("another process holds this number")
        if entry.Level in {"WARN", "ERROR"}:
            log.debug("%s: %s", entry.Name, entry.Message)

    def _received(self, line: str) -> None:
        stanza, now = read_stanza(line), datetime.now(UTC)
        if stanza is None:
            return
        match stanza.tag:
            case "message":
                self.delivery.arrived(envelope_of(stanza))
            case "receipt":
                if (heard := receipt_of(stanza, self.own, now)) is not None:
                    self.keep(heard)
            case "success":
                self.delivery.connected()
            case "stream:error":
                self.keep(Heard("stream_error", {"line": line[:LONGEST_LINE]}, now))
            case "failure":
                heard = failure_of(stanza, now)
                self.keep(heard)
                code = code_of(stanza.attributes)
                if heard.kind == "banned":
                    self.end("banned")
                elif not meaning_of(code).is_final and code not in LIBRARY_RETRIES:
                    self.end(f"refused:{code}")

    def _handling(self, line: str) -> None:
        """What the library says of the message it works on."""
        if line.startswith(DECRYPTING):
            envelope = self.delivery.decrypting(bare(line.removeprefix(DECRYPTING).partition(" ")[0]))
            if envelope is not None and self.store.snapshot(envelope, self.jid) > MOST_TRIES:
                self._store_unread(envelope)  # the library breaks on it, each time
                self.delivery.stored(envelope.message_id)
        elif line.startswith(IGNORING):
            self.delivery.ignored(line.removeprefix(IGNORING).partition(" ")[0])

    def _store_unread(self, envelope: Envelope) -> None:
        self.keep(unread_message(envelope, self.own, datetime.now(UTC)))

    def _watch(self) -> None:
        """Writes down when the shop's phone has gone, and when it is back."""
        is_new, since = self.phone.news(datetime.now(UTC))
        if is_new:
            with contextlib.suppress(LockTakenError, psycopg.Error):  # a word for a page, and worth no more
                self.store.remember(phone_known=True, phone_off_since=since)

    def _linked(self, heard: Heard) -> Heard:
        """Who we are, which only a connected client knows; written with the event, so that no link is ever lost."""
        from neonize._binder import gocode
        from neonize.proto.Neonize_pb2 import Device

        me = Device.FromString(gocode.GetMe(self.client.uuid))
        jid = f"{me.JID.User}:{me.JID.Device}@{me.JID.Server}"
        self.jid, self.own = jid, frozenset({me.JID.User, me.LID.User} - {""})
        self.store.remember(jid=jid, lid=me.LID.User, profile_name=me.PushName)
        self.is_pairing = False
        return Heard(heard.kind, {"jid": jid, "lid": me.LID.User, "phone": me.JID.User}, heard.at)

    async def run(self) -> str:
        """Connects and serves until something ends it; says what."""
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
        # Never the whole history: the list of chats comes whole without it, and what was said in them is not ours.
        props = DeviceProps(
            os=self.config.get("shown_as") or "WABolt", platformType=DeviceProps.CHROME, requireFullSync=False
        )
        library.log_whatsmeow = self.read_log
        library.log.setLevel(logging.DEBUG)  # each line comes to `read_log`, and none to our own log
        library.log.propagate = False
        self.client = library.NewAClient(
            self.config["store"], jid=jid, props=props, uuid=f"channel-{self.config['channel']}", new_device=jid is None
        )
        self.client.event.execute = self.hear
        self.client.event.list_func = dict.fromkeys(CODES)
        self.client.event.qr(self._show)
        through = self.config.get("proxy") or ""
        self.talker.set_result(Talker(self.client, self.store, bytes.fromhex(self.config["key"]), through))
        proxy = ProxySettings(through) if through else None
        pump = await self.client.connect(proxy)
        # The library's pump can end without a word and leave the line open: then everything is lost that comes.
        pump.add_done_callback(self._reader_ended)
        if self.is_pairing:
            self.loop.call_later(QR_SECONDS, self._expire)
        return await self.ended

    def _reader_ended(self, done: "asyncio.Task[Any]") -> None:
        self.delivery.ended()
        self.end(f"reader ended: {done.cancelled() or done.exception()}")

    def _expire(self) -> None:
        if self.is_pairing:
            self._end("expired")

    async def _show(self, _client: Any, text: bytes) -> None:
        self.say(say="qr", text=text.decode())

    def _listen(self) -> None:
        """Commands, one after another as they come; every one is answered under its number."""
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
        answer = await (await asyncio.shield(self.talker)).do(command)
        if answer.get("end") == "accepted":
            self.phone.sent(datetime.now(UTC))
            await asyncio.to_thread(self._watch)
        data = answer.pop("bytes", b"")
        for start in range(0, len(data), PART_BYTES):
            # In pieces, so that an event never waits behind a whole file for its turn on the pipe.
            part = base64.b64encode(data[start : start + PART_BYTES]).decode()
            await asyncio.to_thread(self.say, id=command["id"], part=part)
        await asyncio.to_thread(lambda: self.say(**{**answer, "id": command["id"]}))


class Watchdog(threading.Thread):
    """Ends this process when its parent shows no life any more."""

    last = time.monotonic()

    @classmethod
    def beat(cls) -> None:
        cls.last = time.monotonic()

    def run(self) -> None:
        while time.monotonic() - self.last < SILENCE_SECONDS:
            time.sleep(0.2)
        os._exit(3)


async def serve(pipe: socket.socket, config: dict[str, Any]) -> None:
    """From the first frame to the last."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(EXECUTOR_THREADS))
    number = Number(pipe, config)
    try:
        await asyncio.to_thread(number.store.claim, LOCK_SECONDS)
    except LockTakenError:
        number.say(say="end", why="locked")
        return
    if await asyncio.to_thread(number.store.roll_back):
        log.info("a message was lost while it was decrypted: its session is put back, WhatsApp delivers it again")
    why = await number.run()
    number.say(say="end", why=why)
    number.store.close()


def main() -> None:
    """Started with a socket as standard input; the first frame is the configuration."""
    if sys.platform == "linux":  # elsewhere the end of the socket and the watchdog have to do
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the gateway finishes its batch first, and then stops us
    logging.getLogger("neonize").setLevel(logging.ERROR)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s %(message)s")
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
            send_frame(pipe, {"say": "end", "why": f"broken: {error!r}"})
    os._exit(0)


if __name__ == "__main__":
    main()
