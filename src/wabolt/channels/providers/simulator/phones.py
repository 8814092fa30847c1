"""Operating a simulated phone: its screen and its actions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from secrets import randbelow, token_hex

from django.db import transaction
from django.db.models.functions import Length

from wabolt.channels.models import (
    Channel,
    PlayedPhone,
    SimulatedDelivery,
    SimulatedEvent,
    SimulatedFile,
    SimulatedReply,
)
from wabolt.channels.providers.simulator import behaviour, world
from wabolt.lib import clock
from wabolt.lib.text import storable

SCREEN_LENGTH = 60
"""Number of bubbles on the screen."""
MAX_TEXT = 4096


@dataclass(frozen=True, slots=True)
class ScreenFile:
    """A file in the chat."""

    key: str
    kind: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class ScreenLine:
    """One bubble on the customer's screen. `mine`: written by this phone. `state`: the state of its ticks."""

    key: str
    mine: bool
    text: str
    at: datetime
    state: str = ""
    links: tuple[str, ...] = ()
    voucher: str = ""
    file: "ScreenFile | None" = None


def take(*, channel: Channel, phone: str) -> None:
    """Lets a person operate this phone. Its planned actions are deleted."""
    with transaction.atomic(durable=True):
        PlayedPhone.objects.get_or_create(channel=channel, phone=phone)
        SimulatedEvent.objects.filter(channel=channel, payload__phone=phone, due_at__gt=clock.now()).delete()


def release(*, channel: Channel, phone: str) -> None:
    """Ends `take`: the phone acts by itself again, on messages that arrive from now on."""
    PlayedPhone.objects.filter(channel=channel, phone=phone).delete()


def is_played(channel: Channel, phone: str) -> bool:
    """Whether a person operates this phone."""
    return PlayedPhone.objects.filter(channel=channel, phone=phone).exists()


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that a phone sends. `kind` and `mime_type` are claims and can be wrong."""

    data: bytes
    kind: str = "image"
    mime_type: str = "image/jpeg"
    name: str = ""


def write(
    *, channel: Channel, phone: str, text: str, name: str = "", quoted_ref: str = "", file: SentFile | None = None
) -> str:
    """Sends `text` from the phone, as the caption of `file` if there is one. Returns the provider id of the message."""
    key = f"sim-{token_hex(10)}"
    content = storable(text)[:MAX_TEXT]
    action = behaviour.incoming(phone, key, content, clock.now(), quoted_ref=quoted_ref, name=name)
    with transaction.atomic(durable=True):
        if file is not None:
            SimulatedFile.objects.create(
                channel=channel, key=key, mime_type=file.mime_type, name=storable(file.name), data=file.data
            )
            action.payload["file"] = {
                "kind": file.kind, "mime_type": file.mime_type, "size": len(file.data), "name": file.name
            }  # fmt: skip
        _store(channel, action)
    return key


def write_later(*, channel: Channel, phone: str, text: str, name: str, at: datetime) -> None:
    """Plans a message that the phone sends at a time in the future."""
    action = behaviour.incoming(phone, f"sim-{token_hex(10)}", storable(text)[:MAX_TEXT], at, name=name)
    with transaction.atomic(durable=True):
        _store(channel, action)


def _store(channel: Channel, action: behaviour.PlannedAction) -> None:
    """Stores a message of a phone for its screen and for the provider."""
    message = action.payload
    SimulatedReply.objects.create(
        channel=channel, key=action.key, phone=message["phone"], text=message["text"], quoted_ref=message["quoted_ref"],
        at=action.due_at,
    )  # fmt: skip
    world.schedule(channel, [action])


def open_chat(*, channel: Channel, phone: str) -> int:
    """Opens the chat: marks unread messages as read and plans their receipts. Returns how many."""
    now = clock.now()
    with transaction.atomic(durable=True):
        unread = SimulatedDelivery.objects.filter(channel=channel, phone=phone, read_at=None)
        refs = list(unread.order_by("pk").select_for_update().values_list("ref", flat=True))
        if refs:
            unread.filter(ref__in=refs).update(read_at=now)
            world.schedule(channel, [behaviour.read_receipt(phone, ref, now) for ref in refs])
    return len(refs)


def tap_link(*, channel: Channel, phone: str, url: str) -> bool:
    """Opens a link of the chat. Returns False if the chat does not contain it."""
    if not any(url in line.links for line in screen(channel, phone)):
        return False
    with transaction.atomic(durable=True):
        world.schedule(channel, [behaviour.click(phone, f"tap-{token_hex(10)}", url, clock.now())])
    return True


def buy(*, channel: Channel, phone: str, voucher: str) -> bool:
    """Buys something with a voucher of the chat. Returns False if the chat does not contain it."""
    if not any(line.voucher == voucher for line in screen(channel, phone)):
        return False
    profile = behaviour.profile_of(channel.options)
    key = f"{token_hex(5)}:order"
    chance = randbelow(1000) / 1000
    with transaction.atomic(durable=True):
        world.schedule(channel, [behaviour.order(profile, phone, key, voucher, chance, clock.now())])
    return True


def screen(channel: Channel, phone: str) -> list[ScreenLine]:
    """Returns the last `SCREEN_LENGTH` bubbles of the chat, oldest first."""
    came = SimulatedDelivery.objects.filter(channel=channel, phone=phone).order_by("-id")[:SCREEN_LENGTH]
    wrote = SimulatedReply.objects.filter(channel=channel, phone=phone).order_by("-id")[:SCREEN_LENGTH]
    arrived, replies = list(came), list(wrote)
    files = _files(channel, {d.file_key for d in arrived if d.file_key} | {r.key for r in replies})
    lines = [
        ScreenLine(
            d.ref,
            False,
            d.text,
            d.at,
            links=tuple(dict.fromkeys(behaviour.links_in(d.text))),
            voucher=behaviour.voucher_in(d.text),
            file=files.get(d.file_key),
        )
        for d in arrived
    ]
    lines += [
        ScreenLine(r.key, True, r.text, r.at, "delivered" if r.delivered_at else "sent", file=files.get(r.key))
        for r in replies
    ]
    return sorted(lines, key=lambda line: line.at)[-SCREEN_LENGTH:]


def _files(channel: Channel, keys: set[str]) -> dict[str, ScreenFile]:
    found = SimulatedFile.objects.filter(channel=channel, key__in=keys)
    return {
        key: ScreenFile(key, _kind(mime_type), name, size)
        for key, mime_type, name, size in found.values_list("key", "mime_type", "name", Length("data"))
    }


def _kind(mime_type: str) -> str:
    kind = mime_type.partition("/")[0]
    return kind if kind in {"image", "video", "audio"} else "document"


def recent(channel: Channel, limit: int = 8) -> list[str]:
    """Returns the phones that were operated last."""
    played: Iterable[str] = PlayedPhone.objects.filter(channel=channel).order_by("-id").values_list("phone", flat=True)
    return list(played[:limit])  # type: ignore[index]


def fresh_number(channel: Channel) -> str:
    """Returns a number without a chat on this channel, from the unassigned range 0811-0000-xxxx."""
    while True:
        phone = f"+6281100{randbelow(10**5):05}{randbelow(10):d}"
        if not SimulatedDelivery.objects.filter(channel=channel, phone=phone).exists():
            return phone
