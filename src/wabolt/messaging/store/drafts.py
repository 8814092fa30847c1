"""The input of the functions that store messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wabolt.accounts.models import User
from wabolt.channels.registry import Choice
from wabolt.media.models import MediaFile
from wabolt.messaging.store.models import Message, MessageContent

MAX_KEY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to queue for each contact: a `text` that is sent as it is, or a `content` that is rendered per contact.

    Every queued message has an idempotency key: (`origin_kind`, `key`, contact) if `key` is given, else (`origin_kind`,
    `origin_id`, contact). The database refuses the second message with the same key.

    `choices` go under a `text` as buttons, or as a list that `choices_label` opens; a number without either gets
    numbered lines. `media` goes with a `text`, its caption, which may be empty then; a content has its own media.
    `variables` are values for the text only. `to_strangers`: also to people who have never written to the shop.
    `to_phone`: send it to this number (E.164) instead of an address of the contact; for tests and alerts.
    """

    purpose: str
    origin_kind: str
    origin_id: int | None = None
    key: str = ""
    text: str = ""
    content: MessageContent | None = None
    priority: int = Message.Priority.BULK
    quoted: Message | None = None
    author: User | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None
    choices: Sequence[Choice] = ()
    choices_label: str = ""
    media: MediaFile | None = None
    to_strangers: bool = False
    to_phone: str = ""

    def __post_init__(self) -> None:
        if self.origin_id is None and not self.key:
            raise ValueError("a queued message needs an origin id or a key")
        if self.content is not None and (self.text or self.media):
            raise ValueError("give a text or a content")


def key_of(draft: Draft, contact_id: int) -> str:
    """The idempotency key of a draft that has an explicit `key`, for one contact."""
    return f"{draft.origin_kind}:{draft.key[:MAX_KEY]}:{contact_id}"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that a provider reported: from a contact, or written on the shop's own phone."""

    contact_id: int
    provider_id: str
    text: str
    at: datetime
    quoted_provider_id: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An automatic answer in one conversation. `key`: its idempotency key together with the kind of its origin and the
    contact. `quoted_id`: the message that it answers; None: no message."""

    contact_id: int
    key: str
    text: str
    quoted_id: int | None = None


@dataclass(frozen=True, slots=True)
class KeyedRow:
    """A message of a set with a key of its own: its idempotency key is "<origin kind>:<key>". `variables`: values for
    the text. `expires_at`: the message is cancelled if it is still queued then."""

    contact_id: int
    key: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None
