"""Behaviour of simulated phones, derived from the seed, the phone and the message. Pure.

Each share of `Rates` is a part of all phones (`wrong_number`, `blocked`, `receipts_off`, `slow`) or of all messages
(the rest). The same seed, phone and message always give the same result.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any

from wabolt.channels.rules import clock_speed

ANSWERS = (
    "Masih ada ukuran L kak?",
    "Harga berapa kak?",
    "Warna lain ada?",
    "Bisa COD?",
    "Kirim ke Surabaya ongkirnya berapa ya?",
    "Mau dong kak, caranya gimana?",
    "Baik kak, nanti saya lihat dulu ya 🙏",
    "Ready stok kak?",
    "Makasih infonya kak 😊",
    "Yang kemarin masih ada?",
)
STOP_TEXT = "STOP"
GOODS = (
    ("SIM-01", "Kemeja Batik Parang", "batik", 189_000),
    ("SIM-02", "Gamis Katun Polos", "gamis", 225_000),
    ("SIM-03", "Hijab Voal Motif", "hijab", 65_000),
    ("SIM-04", "Celana Kulot Linen", "celana", 149_000),
)
"""Goods that simulated phones buy by default: (sku, name, category, price in rupiah)."""

_LINK = re.compile(r"https?://[^\s<>\"'`]+")
# Patterns of voucher codes, most certain first: our own codes (eight characters without look-alikes), the word after
# "voucher", and any word of capitals and digits with at least one of each.
_EDGE, _END = r"(?<![\w/.-])", r"(?![\w-])"
_VOUCHERS = (
    re.compile(rf"{_EDGE}((?=[A-Z]*[2-9])[2-9A-HJKMNP-Z]{{8}}){_END}"),
    re.compile(
        rf"(?i:\b(?:kode|voucher|kupon|code))\W{{1,4}}(?i:promo\W{{1,3}})?([A-Z0-9][A-Z0-9-]{{3,28}}[A-Z0-9]){_END}"
    ),
    re.compile(rf"{_EDGE}((?=[A-Z0-9-]*[0-9])(?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{{3,28}}[A-Z0-9]){_END}"),
)


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares between 0 and 1 (see the module's docstring)."""

    wrong_number: float = 0.0
    """not on WhatsApp: the send is refused"""
    blocked: float = 0.0
    """has blocked the shop: accepted, and no further event"""
    receipts_off: float = 0.0
    """reads, clicks and answers without read receipts"""
    slow: float = 0.0
    """rarely online: minutes to an hour until delivery"""
    offline: float = 0.0
    """offline when the message is sent, for one to twelve hours"""
    read: float = 0.0
    clicked: float = 0.0
    """of recipients who read a message with a link"""
    replied: float = 0.0
    """of recipients who read"""
    bought: float = 0.0
    """of recipients who read a message with a voucher"""
    carted: float = 0.0
    """of recipients who clicked: fills a cart"""
    stopped: float = 0.0
    """of recipients who read: writes STOP"""
    duplicated: float = 0.0
    """duplicate receipts"""
    shuffled: float = 0.0
    """read receipts before delivery receipts"""
    ambiguous: float = 0.0
    """the connection breaks after delivery: the send is ambiguous"""
    busy: float = 0.0
    """rate limited: the send is retried later"""


TYPICAL = Rates(
    wrong_number=0.015,
    blocked=0.01,
    receipts_off=0.22,
    slow=0.06,
    offline=0.05,
    read=0.82,
    clicked=0.24,
    replied=0.07,
    bought=0.06,
    carted=0.3,
    stopped=0.008,
    duplicated=0.03,
    shuffled=0.03,
    ambiguous=0.001,
)


@dataclass(frozen=True, slots=True)
class Profile:
    """The simulated world of one channel. `speed` 60: a simulated hour takes a minute. `shop_url`: base address of the
    carts in the simulated web shop, "" for none."""

    seed: int = 1
    speed: float = 1.0
    rates: Rates = TYPICAL
    goods: tuple[tuple[str, str, str, int], ...] = GOODS
    shop_url: str = ""


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """A planned action of a phone. `due_at`: when its event can be collected. `key`: dedupe key of the event. The
    payload contains `at`, the time of the action."""

    kind: str
    due_at: datetime
    key: str
    payload: dict[str, Any]


def profile_of(options: Mapping[str, Any]) -> Profile:
    """Returns the profile in `Channel.options`: `seed`, `speed`, `rates` (missing rates are 0; without `rates`:
    `TYPICAL`), `goods` ([sku, name, category, price] each) and `shop_url`. Invalid values are ignored."""
    rates = options.get("rates")
    chosen = TYPICAL
    if isinstance(rates, Mapping):
        names = {f.name for f in fields(Rates)}
        given = {k: _number(v) for k, v in rates.items() if k in names}
        chosen = Rates(**{k: min(1.0, max(0.0, v)) for k, v in given.items()})
    goods = options.get("goods")
    sold: tuple[tuple[str, str, str, int], ...] = GOODS
    if isinstance(goods, Sequence) and not isinstance(goods, str):
        sold = tuple((str(g[0]), str(g[1]), str(g[2]), int(g[3])) for g in goods if len(g) == 4) or GOODS
    url = options.get("shop_url")
    shop_url = url if isinstance(url, str) and url.startswith("https://") else ""
    return Profile(int(_number(options.get("seed"), 1.0)), clock_speed(options.get("speed")), chosen, sold, shop_url)


def _number(value: object, default: float = 0.0) -> float:
    """Returns a finite number, or `default`."""
    if isinstance(value, int | float) and abs(value) < 1e12:
        return float(value)
    return default


def links_in(text: str) -> list[str]:
    """Returns the web addresses in a text, without trailing punctuation."""
    return [found.rstrip(".,!?:;)]}*_~") for found in _LINK.findall(text)]


def voucher_in(text: str) -> str:
    """Returns the first voucher code in a text, or ""."""
    bare = _LINK.sub(" ", text)
    return next((found[1] for pattern in _VOUCHERS if (found := pattern.search(bare))), "")


def chances(*parts: object, count: int) -> list[float]:
    """Returns `count` numbers in [0, 1), derived from `parts`."""
    digest = blake2b(":".join(map(str, parts)).encode(), digest_size=2 * count).digest()
    return [(digest[i] << 8 | digest[i + 1]) / 65536 for i in range(0, 2 * count, 2)]


@lru_cache(maxsize=65536)
def _traits(seed: int, phone: str) -> tuple[float, float, float, float]:
    wrong, blocked, quiet, slow = chances(seed, phone, count=4)
    return wrong, blocked, quiet, slow


def verdict(profile: Profile, phone: str, ref: str, at: datetime) -> str:
    """Returns the outcome of a send: "accepted", "wrong_number", "busy" or "ambiguous" (delivered, but the send
    ends without an answer)."""
    rates = profile.rates
    if _traits(profile.seed, phone)[0] < rates.wrong_number:
        return "wrong_number"
    if rates.busy and chances(profile.seed, ref, int(at.timestamp()) // 60, count=1)[0] < rates.busy:
        return "busy"
    if rates.ambiguous and chances(profile.seed, phone, ref, "line", count=1)[0] < rates.ambiguous:
        return "ambiguous"
    return "accepted"


def delivery_receipt(profile: Profile, phone: str, ref: str, at: datetime) -> PlannedAction:
    """Returns the delivery receipt of a phone that a person operates."""
    return _receipt("delivered", phone, ref, at, at + timedelta(seconds=0.5 / profile.speed))


def after(speed: float, start: datetime, shortest: float, longest: float, chance: float) -> datetime:
    """Returns a moment `shortest` to `longest` simulated seconds after `start`, chosen by `chance` in [0, 1). Most
    delays are short, a few are very long."""
    return start + timedelta(seconds=(shortest + (longest - shortest) * chance**3) / speed)


def plan(profile: Profile, phone: str, ref: str, text: str, at: datetime) -> list[PlannedAction]:
    """Returns the actions of the phone after a message arrives at `at`, ordered by `due_at`."""
    rates, speed = profile.rates, profile.speed
    _wrong, blocked, quiet, slow = _traits(profile.seed, phone)
    if blocked < rates.blocked:
        return []
    c = chances(profile.seed, phone, ref, count=16)
    later = partial(after, speed)
    arrives = later(at, 1, 25, c[0])
    if c[1] < rates.offline:
        arrives = later(at, 3600, 12 * 3600, c[2])
    elif slow < rates.slow:
        arrives = later(at, 120, 3600, c[2])
    done = [_receipt("delivered", phone, ref, arrives, arrives)]
    if c[3] < rates.read:
        reads = later(arrives, 5, 3 * 3600, c[4])
        if quiet >= rates.receipts_off:
            done.append(_receipt("read", phone, ref, reads, reads))
            if c[5] < rates.shuffled:
                done[0] = _duplicate(done[0], reads + timedelta(seconds=1 / speed))
        done += _reactions(profile, phone, ref, text, reads, c)
    if c[6] < rates.duplicated:
        # Half of the duplicates have the same key (sent again by the vendor), half a new one (sent again by the phone).
        suffix = "" if c[7] < 0.5 else ":again"
        done += [
            PlannedAction(h.kind, h.due_at + timedelta(seconds=3 / speed), h.key + suffix, h.payload)
            for h in done
            if h.kind in {"delivered", "read"}
        ]
    return sorted(done, key=lambda h: h.due_at)


def _reactions(
    profile: Profile, phone: str, ref: str, text: str, reads: datetime, c: list[float]
) -> list[PlannedAction]:
    """Returns the actions of a recipient who has read: click, answer, purchase or stop. A stop excludes the others."""
    rates, later = profile.rates, partial(after, profile.speed)
    if c[8] < rates.stopped:
        return [incoming(phone, f"{ref}-stop", STOP_TEXT, later(reads, 4, 90, c[9]))]
    done = []
    if c[10] < rates.clicked and (links := links_in(text)):
        at = later(reads, 3, 600, c[9])
        done.append(click(phone, f"{ref}:click", links[0], at))
    if c[11] < rates.replied:
        answer = ANSWERS[int(c[12] * len(ANSWERS))]
        done.append(incoming(phone, f"{ref}-reply", answer, later(reads, 8, 1800, c[13]), quoted_ref=ref))
    if c[14] < rates.bought and (code := voucher_in(text)):
        done.append(order(profile, phone, f"{ref}:order", code, c[15], later(reads, 120, 6 * 3600, c[12])))
    return done


def _receipt(kind: str, phone: str, ref: str, at: datetime, due_at: datetime) -> PlannedAction:
    return PlannedAction(kind, due_at, f"{ref}:{kind}", {"ref": ref, "phone": phone, "at": at.isoformat()})


def _duplicate(planned_action: PlannedAction, due_at: datetime) -> PlannedAction:
    return PlannedAction(planned_action.kind, due_at, planned_action.key, planned_action.payload)


def read_receipt(phone: str, ref: str, at: datetime) -> PlannedAction:
    """Returns the read receipt after a chat was opened."""
    return _receipt("read", phone, ref, at, at)


def incoming(phone: str, key: str, text: str, at: datetime, *, quoted_ref: str = "", name: str = "") -> PlannedAction:
    """Returns the message that the phone writes."""
    payload = {"phone": phone, "text": text, "at": at.isoformat(), "quoted_ref": quoted_ref, "name": name}
    return PlannedAction("message", at, key, payload)


def click(phone: str, key: str, url: str, at: datetime) -> PlannedAction:
    """Returns the click on a link."""
    return PlannedAction("click", at, key, {"phone": phone, "url": url, "at": at.isoformat()})


def order(profile: Profile, phone: str, key: str, voucher: str, chance: float, at: datetime) -> PlannedAction:
    """Returns the purchase of one or two goods, chosen by `chance` in [0, 1)."""
    pick = int(chance * 1000)
    sku, name, category, price = profile.goods[pick % len(profile.goods)]
    quantity = 1 + (pick // len(profile.goods)) % 2
    payload = {
        "phone": phone,
        "number": f"SIM-{key.split(':')[0]}",
        "voucher": voucher,
        "lines": [[sku, name, category, quantity, price * quantity]],
        "at": at.isoformat(),
    }
    return PlannedAction("order", at, key, payload)
