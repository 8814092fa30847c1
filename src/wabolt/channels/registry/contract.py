"""The contract of a provider: its methods and their results. `events` defines the events that it reports.

How to write a provider
-----------------------
1. Make a package `providers/<name>/` with a class that has the methods of `Provider`. No code outside the package may
   know the vendor. Add its path and label to `registry/providers.py`.
2. The one process that holds the channel's lane calls `send` and `collect`, outside any transaction. They commit their
   own changes (`transaction.atomic(durable=True)`).
3. `send` returns one of four outcomes for each message. Choose by what is *known*, never by what is likely:
   `Accepted` (the vendor has it), `Refused` (final), `Later` (certainly not sent), `Ambiguous` (the call failed after
   it may have reached the vendor). Only `Later` is retried, so a wrong `Later` sends a message twice, and a wrong
   `Refused` loses one. An exception counts as `Ambiguous` for all messages that `send` has taken out of the batch.
4. Commit the vendor's events to `RawEvent` unchanged (`services.store_raw_events`) before you acknowledge them.
   `dedupe_key` is the vendor's own id of the event; a repeated event is stored once.
5. `parse` converts a raw event to provider events. It is pure and can be called any number of times, also years later.
   It returns `[]` for events without effect and raises `UnknownEventError` for unknown kinds. After any other exception
   intake stores the error with the event and continues with the next one. A message of a kind that cannot be shown is
   an `IncomingMessage` with `unsupported`.
6. A received file is part of its message as `IncomingMedia`. `MediaProvider.fetch_media` downloads it later.
7. Run the conformance suite: `class TestMine(ProviderConformance)` in `channels/tests/conformance.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol, runtime_checkable

from django.utils.functional import Promise

from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.registry.events import ProviderEvent


class UnknownEventError(Exception):
    """Raised by `parse` for an unknown kind of event. The event is kept and counted, and not parsed again."""


class MediaGoneError(Exception):
    """Raised by `fetch_media` for a file that the vendor no longer has."""


class MediaTooBigError(Exception):
    """Raised by `fetch_media` for a file that is larger than `max_bytes`."""


@dataclass(frozen=True, slots=True)
class MediaLimit:
    """Limits of one kind of media: its MIME types and the size of a file in bytes."""

    mime_types: tuple[str, ...]
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Abilities and limits of a provider. Pages and policies use these and never the vendor's name."""

    max_messages_per_minute: int
    """Limit of messages a minute. The owner's setting cannot exceed it."""
    max_daily_cap: int
    """Limit of promotional messages a day. The owner's setting cannot exceed it."""
    identity_kinds: frozenset[str] = frozenset({"phone"})
    """Kinds of `contacts.Identity` that can be recipients."""
    max_text_length: int = 4096
    """Longest text of a message in characters, after rendering."""
    media: Mapping[str, MediaLimit] = field(default_factory=dict)
    """Limits by kind (image, video, audio, document). Other kinds cannot be sent."""
    max_caption_length: int = 1024
    """Longest caption in characters, after rendering."""
    needs_templates: bool = False
    """Whether promotions need a template that the vendor has approved (`Outgoing.template`)."""
    service_window: timedelta | None = None
    """Time after a contact's last message during which free text may be sent; None: always."""
    reports: frozenset[str] = frozenset()
    """Events besides texts: "media", "reaction", "edit", "revoke", "button" (a tapped button) and "own" (messages that
    the shop sends from its phone). With "media" the provider is a `MediaProvider`."""
    can_check_numbers: bool = False
    check_every: timedelta | None = None
    """Minimum interval between bulk checks of never-contacted numbers. None: numbers are not checked before the first
    message."""
    can_quote: bool = True
    can_type: bool = False
    """Whether the provider is a `PresenceProvider`: it shows typing and marks messages as read."""
    only_known_people: bool = False
    """Whether promotions go only to contacts who have written to the shop. WhatsApp bans numbers that often write
    first."""
    idempotent: bool = False
    """Whether the vendor drops a second `send` of the same `ref`."""
    max_buttons: int = 0
    """Reply buttons under one message. More choices become a list."""
    max_list_rows: int = 0
    max_button_title: int = 20
    max_row_title: int = 24
    max_text_with_choices: int = 1024
    """Characters of a button, of a row of a list, and of the text above them."""
    has_own_clock: bool = False
    """Whether the number can have its own clock (`rules.simulated_days`), which runs at the chosen speed. Its days have
    no quiet hours, and the warm-up counts them."""
    is_simulation: bool = False
    """Whether messages stay on this machine. A demo workspace can use only such providers."""

    def takes_choices(self, choices: "Sequence[Choice]", text: str) -> bool:
        """Whether these choices fit under the text as buttons or as a list. Vendors refuse two choices with the same
        title."""
        titles = [choice.title for choice in choices]
        longest = self.max_button_title if len(titles) <= self.max_buttons else self.max_row_title
        return (
            len(titles) <= max(self.max_buttons, self.max_list_rows)
            and len(set(titles)) == len(titles)
            and all(0 < len(title) <= longest for title in titles)
            and 0 < len(text) <= self.max_text_with_choices
        )


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """An approved template with the values of its variables, in the vendor's format."""

    name: str
    language: str
    components: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice under a message. `id` comes back unchanged when it is tapped."""

    id: str
    title: str
    description: str = ""


def as_lines(text: str, titles: Iterable[str]) -> str:
    """Returns the text followed by its choices as numbered lines, for a number without buttons and lists."""
    lines = [f"{number}. {title}" for number, title in enumerate(titles, 1)]
    return "\n".join([text, "", *lines]) if lines else text


@dataclass(frozen=True, slots=True)
class Media:
    """A file to send. `kind` is a key of `Capabilities.media`; `name` is shown for a document. All messages with the
    file share one `Media`; a provider recognises uploaded files by `sha256`."""

    kind: str
    mime_type: str
    data: bytes = field(repr=False)
    name: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        if not self.sha256:
            object.__setattr__(self, "sha256", sha256(self.data).hexdigest())


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send. `ref` is our id, unique for the channel and never reused.

    With `template`, the template is sent and `text` is only its readable form. `choices` appear under the text: as
    buttons up to `Capabilities.max_buttons`, otherwise as a list that `choices_label` opens.
    """

    ref: str
    to_kind: str
    to: str
    text: str
    quote_provider_id: str | None = None
    template: TemplateCall | None = None
    choices: tuple[Choice, ...] = ()
    choices_label: str = ""
    media: Media | None = None
    """A file; `text` is its caption."""
    quote_text: str = ""
    """Text of the quoted message, for vendors that display it."""
    quote_is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The vendor has accepted the message under `provider_id`. Receipts contain that id."""

    provider_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """The message was not sent and will not be. `code`: our word ("wrong_number", "blocked", "too_long", ...).

    `hold`: the vendor warned the number, and its whole lane pauses for this time. `resend_after`: the vendor allows one
    more attempt after this time, as for a `failed` receipt (`ReceiptArrived`).
    """

    code: str
    detail: str = ""
    hold: timedelta | None = None
    resend_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """The message was certainly not sent and may be retried after `retry_after` ("rate_limited", "offline"). The whole
    lane rests until then, unless the reason concerns only this recipient (`whole_lane` False)."""

    code: str
    retry_after: timedelta
    whole_lane: bool = True


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Whether the message was sent is unknown. It becomes `unknown`, is settled by a receipt, and is never sent again.
    `provider_id`: its id, if known."""

    detail: str = ""
    provider_id: str | None = None


Outcome = Accepted | Refused | Later | Ambiguous


@runtime_checkable
class Provider(Protocol):
    """A vendor as one channel sees it.

    Built from a `Channel` by `registry.get_provider`, which is cheap. It holds a connection only between `connect` and
    `close`. Not thread-safe.
    """

    capabilities: Capabilities

    def connect(self) -> None:
        """Opens what `send` and `collect` need. A second call does nothing. Raises OSError."""

    def close(self) -> None:
        """Releases all resources. Safe to call twice, or without `connect`."""

    def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Sends in order and returns outcomes in the same order. Messages without an outcome were not touched."""

    def collect(self, limit: int) -> int:
        """Commits up to `limit` events of the vendor to `RawEvent` and returns how many are new. It does not wait for
        more. A crash at any point neither loses nor duplicates an event."""

    def parse(self, raw: RawEvent) -> list[ProviderEvent]:
        """Parses one stored event (see the rules above)."""

    def check_numbers(self, phones: Sequence[str]) -> dict[str, bool | None]:
        """Returns for each E.164 number whether it is on WhatsApp; None if the vendor does not answer."""


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """The state of a number for pages: a tone ("good", "info", "neutral", "warning", "bad") and texts. `can_reconnect`:
    a reconnect may solve the problem."""

    tone: str
    word: str | Promise
    sentence: str | Promise
    can_reconnect: bool = False


@runtime_checkable
class StatusProvider(Protocol):
    """A provider class that can explain the state of a number."""

    @staticmethod
    def connection_status(channel: Channel) -> ConnectionStatus:
        """Returns the state of the number's connection."""


@runtime_checkable
class MediaProvider(Protocol):
    """Methods of a provider whose `parse` returns files (`IncomingMedia`)."""

    def fetch_media(self, reference: Mapping[str, object], max_bytes: int) -> bytes:
        """Returns the bytes of a file.

        Runs in its own thread, in parallel with `send`, and must not delay sends or events. Raises OSError when a retry
        may succeed, MediaGoneError when none can, MediaTooBigError.
        """


@runtime_checkable
class PresenceProvider(Protocol):
    """Methods of a provider with `can_type`. They are optional courtesies: they raise OSError without a connection,
    take about a second, and may be called in parallel with `send`."""

    def typing(self, to_kind: str, to: str, *, on: bool) -> None:
        """Shows or ends "typing" for the contact."""

    def mark_read(self, to_kind: str, to: str, provider_ids: Sequence[str]) -> None:
        """Marks messages of the contact as read."""
