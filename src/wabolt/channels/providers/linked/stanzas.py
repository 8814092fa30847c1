"""Parses WhatsApp stanzas from the library's DEBUG log. Pure.

The library hands over an event after acknowledging it, and its reader ends at a receipt of an unknown type. Its log
callback is called before a stanza is handled or sent, and the library waits for it. Therefore receipts and refused
logins are read here, and `delivery` holds acknowledgements back.

A stanza is logged as `<receipt from="1@lid" id="3EB0" t="1760000000" type="read">...`: attributes in alphabetical
order, without escaping (whatsmeow, binary/xml.go). Values that the sender chooses (`id`, `notify`) can look like
further attributes. Therefore the first attribute of a name counts, which is the real one for `from`, and no attribute
after `notify` identifies the sender.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wabolt.channels.providers.linked.refusals import TEMPORARY_BAN, ban_of, code_of
from wabolt.channels.providers.linked.stored_event import StoredEvent, key_of, moment_of

_TAG = re.compile(r"<([a-z:_-]+)(?=[ />])")
_ATTRIBUTE = re.compile(r" ([a-z0-9_-]+)=\"([^\"]*)\"")
_ITEM = re.compile(r"<item id=\"([^\"]*)\"")
_ENC = re.compile(r"<enc [^>]*type=\"([a-z]+)\"")
_UNAVAILABLE = re.compile(r"<unavailable(?: [^>]*type=\"([a-z_]*)\")?")
_USER = re.compile(r"[^.:@]*")
LONGEST_LINE = 4000
"""Characters kept of a stanza that cannot be parsed."""


@dataclass(frozen=True, slots=True)
class Stanza:
    """The outer tag of a stanza with its attributes, and the whole log line."""

    tag: str
    attributes: dict[str, str]
    line: str

    def get(self, name: str) -> str:
        """Returns an attribute, or ""."""
        return self.attributes.get(name, "")


def read(line: str) -> Stanza | None:
    """Parses a log line; None if it is no stanza."""
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
    """Returns an address without its device: `628.0:3@s.whatsapp.net` becomes `628@s.whatsapp.net`."""
    user, _, server = address.partition("@")
    found = _USER.match(user)
    return f"{found[0]}@{server}" if found and found[0] else ""


def device_of(address: str) -> int:
    """Returns the device number of an address; 0 is the phone."""
    number = address.partition("@")[0].partition(":")[2]
    return int(number) if number.isdecimal() else 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message that is not decrypted yet. `keys`: its dedupe keys as a message and as an undecryptable message."""

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
        """Whether a person sent it to this number, and not to a group, channel or status."""
        return self.chat.endswith(("@lid", "@s.whatsapp.net")) or (
            self.chat.endswith("@broadcast") and not self.chat.startswith("status@")
        )


def envelope_of(stanza: Stanza) -> Envelope:
    """Returns the envelope of a `message` stanza."""
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


def unread_message(envelope: Envelope, own_users: frozenset[str], now: datetime) -> StoredEvent:
    """Returns the event for a message of which only the envelope is known."""
    sender = bare(envelope.sender)
    payload = {
        "id": envelope.message_id,
        "name": envelope.name,
        "chat": envelope.chat,
        "sender": sender,
        "sender_alt": "",
        "recipient_alt": "",
        "from_me": sender.partition("@")[0] in own_users,
        "device": device_of(envelope.sender),
        "group": not envelope.is_personal,
        "unavailable": envelope.unavailable or "unreadable",
    }
    return StoredEvent("undecryptable", payload, moment_of(_number(envelope.seconds), now), envelope.keys[1])


def receipt_of(stanza: Stanza, own_users: frozenset[str], now: datetime) -> StoredEvent | None:
    """Returns the event of a `receipt` stanza of any type; None for groups, channels and status.

    `own_users`: the users of this number's addresses (phone number and LID).
    """
    sender = bare(stanza.get("from"))
    if not sender.endswith(("@lid", "@s.whatsapp.net")):
        return None
    is_own = sender.partition("@")[0] in own_users
    ids = list(dict.fromkeys([stanza.get("id"), *_ITEM.findall(stanza.line)]))
    receipt_type = stanza.get("type") or "delivered"
    payload: dict[str, Any] = {
        "ids": ids,
        "told": receipt_type.replace("-", "_"),
        "chat": (bare(stanza.get("recipient")) or sender) if is_own else sender,
        "sender": sender,
        "sender_alt": "",
        "recipient_alt": "",
        "from_me": is_own,
        "device": device_of(stanza.get("from")),
        "group": False,
    }
    at = moment_of(_number(stanza.get("t")), now)
    return StoredEvent("receipt", payload, at, key_of("r", receipt_type, sender, *sorted(ids)), ids)


def failure_of(stanza: Stanza, now: datetime) -> StoredEvent:
    """Returns the event of a `failure` stanza (refused login)."""
    failure = {name: value[:200] for name, value in stanza.attributes.items()}
    if code_of(failure) == TEMPORARY_BAN:
        return StoredEvent("banned", ban_of(failure), now)
    return StoredEvent("login_failure", failure, now)


def _number(text: str) -> float:
    return float(text) if text.isdecimal() and len(text) < 16 else 0.0
