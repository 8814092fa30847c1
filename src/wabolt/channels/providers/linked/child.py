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

from wabolt.channels.providers.linked.decode import CODES, Heard, decode
from wabolt.channels.providers.linked.keeper import Keeper, LockTakenError
from wabolt.channels.providers.linked.phone import PhoneWatch
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


class Number:
    """The client of one number, and what it says to the gateway."""

    def __init__(self, pipe: socket.socket, config: dict[str, Any]) -> None:
        self.pipe = pipe
        self.config = config
        self.is_pairing = not config["jid"]
        self.keeper = Keeper(config["dsn"], config["channel"], bytes.fromhex(config["key"]))
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
        kind = CODES.get(code)
        if kind is None:
            return
        heard = decode(kind, ctypes.string_at(address, size), datetime.now(UTC))
        try:
            if kind == "connected":
                heard = self._linked(heard)
            self.keeper.keep(heard)
            if kind == "logged_out":
                self.keeper.remember(jid="", stage="")  # the library has deleted the session
        except LockTakenError:
            self.end("another process holds this number")
            return
        if heard.payload.get("from_me") and heard.payload.get("device") == 0:
            self.phone.seen()
            self._watch()
        self.say(say="event", kind=kind)
        if kind in {"logged_out", "replaced", "banned", "outdated"}:
            self.end(kind)

    def _watch(self) -> None:
        """Writes down when the shop's phone has gone, and when it is back."""
        is_new, since = self.phone.news(datetime.now(UTC))
        if is_new:
            with contextlib.suppress(LockTakenError, psycopg.Error):  # a word for a page, and worth no more
                self.keeper.remember(phone_known=True, phone_off_since=since)

    def _linked(self, heard: Heard) -> Heard:
        """Who we are, which only a connected client knows; written with the event, so that no link is ever lost."""
        from neonize._binder import gocode
        from neonize.proto.Neonize_pb2 import Device

        me = Device.FromString(gocode.GetMe(self.client.uuid))
        jid = f"{me.JID.User}:{me.JID.Device}@{me.JID.Server}"
        self.keeper.remember(jid=jid, lid=me.LID.User, profile_name=me.PushName)
        self.is_pairing = False
        return Heard(heard.kind, {"jid": jid, "lid": me.LID.User, "phone": me.JID.User}, heard.at)

    async def run(self) -> str:
        """Connects and serves until something ends it; says what."""
        from neonize._binder import ProxySettings
        from neonize.aioze.client import NewAClient
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
        self.client = NewAClient(
            self.config["store"], jid=jid, props=props, uuid=f"channel-{self.config['channel']}", new_device=jid is None
        )
        self.client.event.execute = self.hear
        self.client.event.list_func = dict.fromkeys(CODES)
        self.client.event.qr(self._show)
        through = self.config.get("proxy") or ""
        self.talker.set_result(Talker(self.client, self.keeper, bytes.fromhex(self.config["key"]), through))
        proxy = ProxySettings(through) if through else None
        pump = await self.client.connect(proxy)
        # The library's pump can end without a word and leave the line open: then everything is lost that comes.
        pump.add_done_callback(lambda done: self.end(f"pump ended: {done.cancelled() or done.exception()}"))
        if self.is_pairing:
            self.loop.call_later(QR_SECONDS, self._expire)
        return await self.ended

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
        await asyncio.to_thread(number.keeper.claim, LOCK_SECONDS)
    except LockTakenError:
        number.say(say="end", why="locked")
        return
    why = await number.run()
    number.say(say="end", why=why)
    number.keeper.close()


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
