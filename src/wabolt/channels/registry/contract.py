"""The contract between the house and a vendor: what a provider is asked, what it answers, what it reports.

How to write a provider
-----------------------
1. Make a package `providers/<name>/` with a class that has the methods of `Provider`; nothing outside of it may know
   the vendor. Add it to `registry.PROVIDERS`.
2. `send` and `collect` are called by the one process that holds the channel's lane, outside of any transaction.
   Anything they change in the database they commit themselves (`transaction.atomic(durable=True)`).
3. `send` answers for each message in one of four ways. Choose by what is *known*, never by what is likely:
   `Accepted` (the vendor has it), `Refused` (it never will), `Later` (not now, nothing was sent), `Ambiguous` (the
   call broke off after it may have reached the vendor). Only `Later` is tried again, so a wrong `Later` doubles a
   message and a wrong `Refused` loses one. An exception out of `send` counts as `Ambiguous` for all it took out of the
   batch so far.
4. What the vendor tells us goes into `RawEvent` unchanged (`services.store_raw_events`) and is committed before the
   vendor gets its acknowledgement. `dedupe_key` is the vendor's own id of the event: told twice, stored once.
5. `parse` makes provider events of a raw event. It is pure and may be called any number of times, also years later.
   It answers `[]` for what is known to be of no interest, raises `UnknownEventError` for what it never heard of, and
   may raise anything else for what is broken: intake keeps the event with its error and goes on.
6. A file that somebody sends is told with the message as `IncomingMedia`, and fetched later by `Fetching.fetch_media`.
7. Run the conformance suite on it: `class TestMine(ProviderConformance)` in `channels/tests/conformance.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, Protocol, runtime_checkable

from django.utils.functional import Promise

from wabolt.channels.models import Channel, RawEvent

ReceiptKind = Literal["sent", "delivered", "read", "failed"]


class UnknownEventError(Exception):
    """Raised by `parse` for a kind of event this provider has never heard of; kept and counted, not tried again."""


class MediaGoneError(Exception):
    """Raised by `fetch_media` for a file that the vendor will never give out (any more)."""


class MediaTooBigError(Exception):
    """Raised by `fetch_media` for a file that is larger than was asked for."""


@dataclass(frozen=True, slots=True)
class MediaLimit:
    """One kind of media a provider can carry: its MIME types and the size of a file in bytes."""

    mime_types: tuple[str, ...]
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do and how far it may be pushed; pages and policies ask here, never for a vendor's name."""

    max_messages_per_minute: int
    """The pace above which the vendor refuses or bans: the owner's setting can never exceed it."""
    max_daily_cap: int
    """Promotional messages a day, likewise."""
    identity_kinds: frozenset[str] = frozenset({"phone"})
    """Kinds of `contacts.Identity` a message can be addressed to."""
    max_text_length: int = 4096
    """Characters of one text message, after rendering."""
    media: Mapping[str, MediaLimit] = field(default_factory=dict)
    """By kind: image, video, audio, document. A kind that is not here cannot be sent."""
    max_caption_length: int = 1024
    """Characters of the text under a picture or document, after rendering."""
    needs_templates: bool = False
    """Whether promotions must be approved by the vendor beforehand (`Outgoing.template`)."""
    service_window: timedelta | None = None
    """How long after a contact's last message free text may be sent; None: always."""
    hears: frozenset[str] = frozenset()
    """What it tells of besides texts: "media", "reaction", "edit", "revoke", "button" (a tapped one) and "own" (what
    the shop writes past us). With "media" it is a `Fetching`."""
    can_check_numbers: bool = False
    check_every: timedelta | None = None
    """Whoever nobody has talked to is asked about before a first message, many at once and no sooner than this after
    the question before. None: nobody is asked about."""
    can_quote: bool = True
    can_type: bool = False
    """Whether it is a `Present`: shows that somebody types, and marks messages as read."""
    only_known_people: bool = False
    """Promotions go only to people who have written to this number's shop: writing to others first gets it banned."""
    idempotent: bool = False
    """Whether the vendor itself drops a second `send` of the same `ref`. Only then could a doubtful one be repeated."""
    max_buttons: int = 0
    """Reply buttons under one message; more choices than that make a list."""
    max_list_rows: int = 0
    has_own_clock: bool = False
    """Its world can have a clock of its own (`rules.simulated_days`) that runs at the speed the owner chose, with days
    of open hours only: quiet hours never hold a message back there, and the warm-up counts its days."""
    is_simulation: bool = False
    """Nothing leaves this machine: the only kind a demo workspace may use."""


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """An approved template and the values of its variables, in the vendor's own words for its parts."""

    name: str
    language: str
    components: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tap under a message. `id` comes back as it is when somebody does."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """A file to send. `kind` is a key of `Capabilities.media`; `name` is shown for a document. All messages that carry
    it share one `Media`, and `sha256` (of the bytes) is by what a provider remembers that it handed it over."""

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
    """One message to send. `ref` is ours, unique per channel, and never used for a second message.

    With `template` that is what goes out and `text` is only how it reads. With `choices` they stand under the text:
    as buttons while there are no more than `Capabilities.max_buttons`, else as a list that `choices_label` opens.
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
    """A file that `text` is the caption of."""
    quote_text: str = ""
    """What the quoted message said, for vendors that show what we give them."""
    quote_is_ours: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The vendor has taken it under `provider_id`; receipts will name that id."""

    provider_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """Final: it was not and will not be sent. `code` is our word ("wrong_number", "blocked", "too_long", ...).

    With `hold` the vendor has warned the whole number: its lane is paused for so long, whatever else waits in it.
    With `resend_after` this try is over, and the vendor says that the message may be sent once more after so long, as
    a `failed` receipt may (`ReceiptArrived`): both count as tries of one message.
    """

    code: str
    detail: str = ""
    hold: timedelta | None = None
    resend_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """Certainly not sent, worth another try after `retry_after` ("rate_limited", "offline"). Until then the whole lane
    rests, unless the reason lies with this one recipient (`whole_lane` False)."""

    code: str
    retry_after: timedelta
    whole_lane: bool = True


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Nobody knows whether it went out. It becomes `unknown` and is settled by a receipt, never by sending again.
    `provider_id` is the id it went (or did not go) out under, where that much is known."""

    detail: str = ""
    provider_id: str | None = None


Outcome = Accepted | Refused | Later | Ambiguous


@dataclass(frozen=True, slots=True)
class IncomingMedia:
    """A file that came with a message and still lies at the vendor. All but `reference` is what the sender claims.

    `reference` is the provider's own (JSON, kept as it is): all that `fetch_media` needs to get the bytes later.
    """

    kind: Literal["image", "video", "audio", "document", "sticker"]
    mime_type: str
    size: int | None
    """Bytes, where the vendor tells."""
    name: str
    reference: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """Somebody wrote. `identities` are all addresses known for the writer, best first: (Identity.Kind, value)."""

    provider_id: str
    identities: tuple[tuple[str, str], ...]
    name: str
    text: str
    at: datetime
    quoted_provider_id: str | None = None
    media: IncomingMedia | None = None
    """The file that `text` is the caption of; the sign of its kind stands before the caption."""
    unsupported: str = ""
    """The vendor's name of the kind of message, where we cannot show it: intake writes the words for that."""


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """Somebody of the shop wrote to a contact (`identities`) past us, such as on the number's own phone."""

    provider_id: str
    identities: tuple[tuple[str, str], ...]
    text: str
    at: datetime
    quoted_provider_id: str | None = None
    media: IncomingMedia | None = None


@dataclass(frozen=True, slots=True)
class MessageTouched:
    """Something was done to the message `target` (its provider id): a contact reacted to it (`text` is the sign, empty
    when it was taken back), changed it (`text` is the new one) or deleted it. `identities` are the contact's, also when
    it was the shop itself that did it past us (`by_us`)."""

    kind: Literal["reaction", "edit", "revoke"]
    provider_id: str
    target: str
    identities: tuple[tuple[str, str], ...]
    text: str
    at: datetime
    by_us: bool = False


@dataclass(frozen=True, slots=True)
class PromotionsStopped:
    """A contact has told the vendor, by a switch of its own, to get no more promotions of this shop."""

    identities: tuple[tuple[str, str], ...]
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AddressesChanged:
    """A contact has other addresses from now on ((Identity.Kind, value)): a new number, a new id of the vendor's."""

    old: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PriceTold:
    """What a vendor says a message is charged as: its own `category` ("marketing", "utility" ...), not an amount."""

    category: str
    billable: bool


@dataclass(frozen=True, slots=True)
class ReceiptArrived:
    """What happened to messages of ours. `ref` is given where the vendor echoes it: it also settles a message whose
    provider id we never learned. `resend_after` goes with `failed`: it certainly did not arrive, and the vendor says
    that it may be sent once more after so long."""

    provider_ids: tuple[str, ...]
    kind: ReceiptKind
    at: datetime
    detail: str = ""
    ref: str | None = None
    price: PriceTold | None = None
    resend_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class LinkClicked:
    """A link of ours was opened in a way that did not pass through our own web server."""

    url: str
    at: datetime
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class OrderLineSold:
    """One line of an order; `total` is the line's money in the smallest unit."""

    sku: str
    name: str
    category: str
    quantity: int
    total: int


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """A purchase that the vendor's shop tells us of. `currency` empty: the workspace's."""

    number: str
    identities: tuple[tuple[str, str], ...]
    at: datetime
    lines: tuple[OrderLineSold, ...]
    voucher_code: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """The number itself changed its standing; `state` is a `Channel.State`."""

    state: str
    at: datetime
    detail: Mapping[str, object] = field(default_factory=dict)


ProviderEvent = (
    IncomingMessage
    | OwnMessage
    | MessageTouched
    | PromotionsStopped
    | AddressesChanged
    | ReceiptArrived
    | LinkClicked
    | OrderPlaced
    | ConnectionChanged
)


@runtime_checkable
class Provider(Protocol):
    """A vendor as one channel sees it. Built from a `Channel` by `registry.get_provider`; cheap to build, holds a
    connection only between `connect` and `close`. Not shared between threads."""

    capabilities: Capabilities

    def connect(self) -> None:
        """Opens what `send` and `collect` need. Calling it again does nothing. Raises OSError when it cannot."""

    def close(self) -> None:
        """Lets go of everything. Safe to call twice, or without `connect`."""

    def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Sends in order and answers in the same order. The answer may be shorter than `batch` when it stopped early:
        messages without an outcome were certainly not touched."""

    def collect(self, limit: int) -> int:
        """Brings up to `limit` things the outside said into `RawEvent`, committed; returns how many are new.
        Does not wait for more. A crash at any point neither loses nor doubles an event."""

    def parse(self, raw: RawEvent) -> list[ProviderEvent]:
        """Understands one stored event (see the rules above)."""

    def check_numbers(self, phones: Sequence[str]) -> dict[str, bool | None]:
        """For each E.164 number whether it is on WhatsApp; None where the vendor will not say."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a number stands, in a tone ("good", "info", "neutral", "warning", "bad") and words. `can_reconnect`: a press
    of a button may mend it."""

    tone: str
    word: str | Promise
    sentence: str | Promise
    can_reconnect: bool = False


@runtime_checkable
class Explaining(Protocol):
    """A provider class that knows more of a number's connection than its state says."""

    @staticmethod
    def standing(channel: Channel) -> Standing:
        """The truth about the connection, for pages."""


@runtime_checkable
class Fetching(Protocol):
    """What a provider offers besides whose `parse` tells of files (`IncomingMedia`)."""

    def fetch_media(self, reference: Mapping[str, object], max_bytes: int) -> bytes:
        """The bytes of a file. Called in a thread of its own beside `send`, and must hold up neither sends nor events.
        Raises OSError when another try may go better, MediaGoneError when none will, MediaTooBigError."""


@runtime_checkable
class Present(Protocol):
    """What a provider with `can_type` offers besides. Both are courtesies: they raise OSError when nobody is there,
    and nothing depends on them. They are over within a second or so, and may be called beside `send`."""

    def typing(self, to_kind: str, to: str, *, on: bool) -> None:
        """Shows the contact that somebody is writing, or no longer."""

    def mark_read(self, to_kind: str, to: str, provider_ids: Sequence[str]) -> None:
        """Shows the contact that their messages were read."""
