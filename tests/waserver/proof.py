"""Two real neonize clients talk through the server; started by `test_proof` as `python -m tests.waserver.proof DIR`.

A process of its own, with a patched neonize first on its path: its threads do not end by themselves.
"""

import asyncio
import base64
import os
import secrets
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.waserver.client import ctl

BUSINESS, CUSTOMER = "5511999990001", "5521988880002"
PORT = int(os.environ["WA_TEST_PORT"])


def step(text: str) -> None:
    """Prints one line of progress."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def drive(command: str, **arguments: Any) -> Any:
    """A control command that does not hold the event loop."""
    return await asyncio.to_thread(ctl, PORT, command, **arguments)


async def until(what: str, holds: Callable[[], bool]) -> None:
    """Waits up to twenty seconds. Raises AssertionError."""
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"waited in vain for: {what}")


class Client:
    """A neonize client with what it saw."""

    def __init__(self, who: str, folder: Path) -> None:
        from neonize.aioze.client import NewAClient
        from neonize.events import ConnectedEv, DisconnectedEv, LoggedOutEv, MessageEv, ReceiptEv

        self.seen: dict[str, list[Any]] = {"Message": [], "Receipt": [], "Connected": [], "LoggedOut": []}
        self.codes: asyncio.Queue[str] = asyncio.Queue()
        self.client = NewAClient(str(folder / f"{who}.db"), uuid=who)
        self.client.event.qr(self._code)
        for kind in (MessageEv, ReceiptEv, ConnectedEv, DisconnectedEv, LoggedOutEv):
            self.client.event(kind)(self._event)

    async def _code(self, _client: Any, code: bytes) -> None:
        self.codes.put_nowait(code.decode())

    async def _event(self, _client: Any, event: Any) -> None:
        self.seen.setdefault(type(event).__name__, []).append(event)

    async def link(self, phone: str) -> None:
        from neonize._binder import ProxySettings

        await self.client.connect(ProxySettings(os.environ["WA_TEST_PROXY"]))
        await drive("pair", qr=await asyncio.wait_for(self.codes.get(), 20), phone=phone)
        await until("connected", lambda: bool(self.seen["Connected"]))

    def texts(self) -> list[str]:
        said = [m.Message.conversation or m.Message.extendedTextMessage.text for m in self.seen["Message"]]
        return [text for text in said if text]

    def told(self, message_id: str, *kinds: int) -> bool:
        return any(message_id in r.MessageIDs and r.Type in kinds for r in self.seen["Receipt"])


async def talk(sender: Client, taker: Client, to: str) -> None:
    """Messages arrive in order; delivery and read receipts come back."""
    from neonize.proto.Neonize_pb2 import Receipt
    from neonize.utils.enum import ReceiptType
    from neonize.utils.jid import build_jid

    texts = [f"{to} {n}" for n in range(3)]
    ids = [(await sender.client.send_message(build_jid(to), text)).ID for text in texts]
    await until("messages", lambda: taker.texts()[-3:] == texts)
    await until("delivery", lambda: all(sender.told(i, Receipt.DELIVERED) for i in ids))
    source = taker.seen["Message"][-1].Info.MessageSource
    await taker.client.mark_read(*ids, chat=source.Chat, sender=source.Sender, receipt=ReceiptType.READ)
    await until("read receipts", lambda: all(sender.told(i, Receipt.READ) for i in ids))
    step(f"to {to}: sent, in order, delivered, read")


async def faults(business: Client, customer: Client) -> None:
    """A cut line, a broken ciphertext, a message of the own phone, a picture, an unlinked device."""
    from neonize.utils.jid import build_jid

    await drive("send", sender=BUSINESS, to=CUSTOMER, text="from the shop's own phone")
    await until("own message", lambda: "from the shop's own phone" in business.texts())
    await drive("drop", phone=BUSINESS)
    await drive("send", sender=CUSTOMER, to=BUSINESS, text="while you were away")
    await until("offline message", lambda: "while you were away" in business.texts())
    step("a cut connection came back by itself, with what was missed")
    await drive("fault", phone=CUSTOMER, corrupt=1)
    await business.client.send_message(build_jid(CUSTOMER), "broken on the way")
    await until("retried message", lambda: "broken on the way" in customer.texts())
    picture = bytes.fromhex("ffd8ffe0") + secrets.token_bytes(50_000)
    await drive("send", sender=CUSTOMER, to=BUSINESS, image=base64.b64encode(picture).decode())
    await until("picture", lambda: any(m.Message.HasField("imageMessage") for m in business.seen["Message"]))
    message = next(m.Message for m in business.seen["Message"] if m.Message.HasField("imageMessage"))
    assert await business.client.download_any(message) == picture
    await drive("logout", phone=BUSINESS)
    await until("logged out", lambda: bool(business.seen["LoggedOut"]))
    step("PROOF OK")


async def prove(folder: Path) -> None:
    """Everything above."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(16))
    business, customer = Client("business", folder), Client("customer", folder)
    await business.link(BUSINESS)
    await customer.link(CUSTOMER)
    found = await business.client.is_on_whatsapp(f"+{CUSTOMER}", "+15550001111")
    assert {r.Query: r.IsIn for r in found} == {f"+{CUSTOMER}": True, "+15550001111": False}
    await talk(business, customer, CUSTOMER)
    await talk(customer, business, BUSINESS)
    await faults(business, customer)


def main() -> None:
    """Exit code 0 when everything held."""
    code = 0
    try:
        asyncio.run(asyncio.wait_for(prove(Path(sys.argv[1])), 100))
    except BaseException as error:  # noqa: BLE001 - said, and told by the exit code
        step(f"FAILED: {error!r}")
        code = 1
    os._exit(code)


if __name__ == "__main__":
    main()
