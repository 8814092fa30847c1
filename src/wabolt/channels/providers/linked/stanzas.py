"""WhatsApp's stanzas as the library prints them at its log level DEBUG. Pure.

The library hands an event to Python after it has acknowledged it, and its reader ends at a receipt of an unknown kind.
Its log has neither fault: a line is written, and waited for, before a stanza is handled and before one is sent. So
receipts and refused logins are read here, and `delivery` holds acknowledgements back.

A printed stanza is `<receipt from="1@lid" id="3EB0" t="1760000000" type="read">...`: attributes in alphabetical order,
nothing escaped (whatsmeow, binary/xml.go). What the sender of a message chooses (`id`, `notify`) may look like more
attributes. So the first of a name counts, which is the real one for `from`, and nothing behind `notify` says who wrote.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wabolt.channels.providers.linked.heard import Heard, key_of, moment_of
from wabolt.channels.providers.linked.refusals import TEMPORARY_BAN, ban_of, code_of

_TAG = re.compile(r"<([a-z:_-]+)(?=[ />])")
_ATTRIBUTE = re.compile(r" ([a-z0-9_-]+)=\"([^\"]*)\"")
_ITEM = re.compile(r"<item id=\"([^\"]*)\"")
_ENC = re.compile(r"<enc [^>]*type=\"([a-z]+)\"")
_UNAVAILABLE = re.compile(r"<unavailable(?: [^>]*type=\"([a-z_]*)\")?")
_USER = re.compile(r"[^.:@]*")
LONGEST_LINE = 4000
"""Characters of a stanza that nobody could read, kept for whoever searches for a fault."""


@dataclass(frozen=True, slots=True)
class Stanza:
    """The outermost tag of a stanza: its name, its attributes, and the whole line."""

    tag: str
    attributes: dict[str, str]
    line: str

    def get(self, name: str) -> str:
        """An attribute, "" where there is none."""
        return self.attributes.get(name, "")


def read(line: str) -> Stanza | None:
    """The stanza that a line of the log shows; None for what is none."""
    found = _TAG.match(line)
    if found is None:
        return None
    attributes: dict[str, str] = {}
    at = found.end()
    while (pair := _ATTRIBUTE.match(line, at)) is not None:
        attributes.setdefault(pair[1], pair[2])
        at = pair.end()
    return Stanza(found[1], attributes, line)


def bare(address: str) -> str:
    """An address without its device: `628.0:3@s.whatsapp.net` is `628@s.whatsapp.net`; "" for none."""
    user, _, server = address.partition("@")
    found = _USER.match(user)
    return f"{found[0]}@{server}" if found and found[0] else ""


def device_of(address: str) -> int:
    """The number of an address's device; 0 is the phone itself."""
    number = address.partition("@")[0].partition(":")[2]
    return int(number) if number.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message that has arrived and is not decrypted yet. `keys` are the dedupe keys under which it may be stored:
    as a message, or as one that could not be decrypted."""

    message_id: str
    sender: str
    chat: str
    name: str
    seconds: str
    keys: tuple[str, str]
    is_encrypted: bool = True
    is_first: bool = False
    unavailable: str | None = None

    @property
    def is_personal(self) -> bool:
        """Whether a person wrote it to this number: nothing of groups, channels or status."""
        return self.chat.endswith(("@lid", "@s.whatsapp.net")) or (
            self.chat.endswith("@broadcast") and not self.chat.startswith("status@")
        )


def envelope_of(stanza: Stanza) -> Envelope:
    """The envelope of a `message` stanza."""
    chat = bare(stanza.get("from"))
    is_shared = not chat.endswith(("@lid", "@s.whatsapp.net"))
    sender = (stanza.get("participant") if is_shared else "") or stanza.get("from")
    unavailable = _UNAVAILABLE.search(stanza.line)
    message_id = stanza.get("id")
    encrypted = _ENC.findall(stanza.line)
    return Envelope(
        message_id=message_id,
        sender=sender,
        chat=chat,
        name=stanza.get("notify"),
        seconds=stanza.get("t"),
        keys=(
            key_of("m", message_id, bare(sender), stanza.get("edit")),
            key_of("u", message_id, bare(sender)),
        ),
        is_encrypted=bool(encrypted),
        is_first="pkmsg" in encrypted,
        unavailable=(unavailable[1] or "unknown") if unavailable else None,
    )


def unread_message(envelope: Envelope, own: frozenset[str], now: datetime) -> Heard:
    """A message of which nothing but the envelope can be read."""
    sender = bare(envelope.sender)
    payload = {
        "id": envelope.message_id,
        "name": envelope.name,
        "chat": envelope.chat,
        "sender": sender,
        "sender_alt": "",
        "recipient_alt": "",
        "from_me": sender.partition("@")[0] in own,
        "device": device_of(envelope.sender),
        "group": not envelope.is_personal,
        "unavailable": envelope.unavailable or "unreadable",
    }
    return Heard("undecryptable", payload, moment_of(_number(envelope.seconds), now), envelope.keys[1])


def receipt_of(stanza: Stanza, own: frozenset[str], now: datetime) -> Heard | None:
    """What a `receipt` stanza tells, whatever its type; None for those of groups, channels and status.

    `own`: the users of this number's own addresses (phone number and LID)."""
    sender = bare(stanza.get("from"))
    if not sender.endswith(("@lid", "@s.whatsapp.net")):
        return None
    is_own = sender.partition("@")[0] in own
    ids = list(dict.fromkeys([stanza.get("id"), *_ITEM.findall(stanza.line)]))
    told = stanza.get("type") or "delivered"
    payload: dict[str, Any] = {
        "ids": ids,
        "told": told.replace("-", "_"),
        "chat": (bare(stanza.get("recipient")) or sender) if is_own else sender,
        "sender": sender,
        "sender_alt": "",
        "recipient_alt": "",
        "from_me": is_own,
        "device": device_of(stanza.get("from")),
        "group": False,
    }
    at = moment_of(_number(stanza.get("t")), now)
    return Heard("receipt", payload, at, key_of("r", told, sender, *sorted(ids)), ids)


def failure_of(stanza: Stanza, now: datetime) -> Heard:
    """A login that WhatsApp refused, with whatever it said."""
    told = {name: value[:200] for name, value in stanza.attributes.items()}
    if code_of(told) == TEMPORARY_BAN:
        return Heard("banned", ban_of(told), now)
    return Heard("login_failure", told, now)


def _number(text: str) -> float:
    return float(text) if text.isdecimal() and len(text) < 16 else 0.0
