"""The events that a provider reports (`Provider.parse`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

ReceiptKind = Literal["sent", "delivered", "read", "failed"]


@dataclass(frozen=True, slots=True)
class IncomingMedia:
    """A file of a message that is still at the vendor. Everything but `reference` is claimed by the sender.

    `reference`: the provider's own JSON, which `fetch_media` needs to download the file.
    """

    kind: Literal["image", "video", "audio", "document", "sticker"]
    mime_type: str
    size: int | None
    """Size in bytes, if the vendor reports it."""
    name: str
    reference: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message of a contact. `identities`: all known addresses of the writer, best first ((Identity.Kind, value))."""

    provider_id: str
    identities: tuple[tuple[str, str], ...]
    name: str
    text: str
    at: datetime
    quoted_provider_id: str | None = None
    media: IncomingMedia | None = None
    """A file; `text` is its caption with a sign for the kind."""
    unsupported: str = ""
    """The vendor's name for a kind that cannot be shown. Intake adds the text."""


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A message that the shop sent to a contact (`identities`) from another device, such as the phone."""

    provider_id: str
    identities: tuple[tuple[str, str], ...]
    text: str
    at: datetime
    quoted_provider_id: str | None = None
    media: IncomingMedia | None = None


@dataclass(frozen=True, slots=True)
class MessageUpdated:
    """A reaction to, an edit of or a deletion of the message `target` (its provider id).

    `text`: the sign of a reaction ("" when removed) or the new text. `identities`: the contact's, also if the shop did
    it from its phone (`by_us`).
    """

    kind: Literal["reaction", "edit", "revoke"]
    provider_id: str
    target: str
    identities: tuple[tuple[str, str], ...]
    text: str
    at: datetime
    by_us: bool = False


@dataclass(frozen=True, slots=True)
class PromotionsStopped:
    """A contact switched off promotions with the vendor's own switch."""

    identities: tuple[tuple[str, str], ...]
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AddressesChanged:
    """A contact has new addresses ((Identity.Kind, value)): a new number or a new vendor id."""

    old: tuple[tuple[str, str], ...]
    new: tuple[tuple[str, str], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportedPrice:
    """The vendor's price category of a message ("marketing", "utility" ...), without an amount."""

    category: str
    billable: bool


@dataclass(frozen=True, slots=True)
class ReceiptArrived:
    """A receipt for our messages. `ref` also settles a message whose provider id is unknown. `resend_after`, with
    `failed`: the vendor allows one more attempt after this time."""

    provider_ids: tuple[str, ...]
    kind: ReceiptKind
    at: datetime
    detail: str = ""
    ref: str | None = None
    price: ReportedPrice | None = None
    resend_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class LinkClicked:
    """A click on our link that did not pass through our web server."""

    url: str
    at: datetime
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class OrderLineSold:
    """One line of an order; `total` is in the smallest currency unit."""

    sku: str
    name: str
    category: str
    quantity: int
    total: int


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """A purchase that the vendor reports. `currency`: "" means the workspace's. `cart_key`: the `CartReported.key` of
    the cart that became the order, if the vendor names it."""

    number: str
    identities: tuple[tuple[str, str], ...]
    at: datetime
    lines: tuple[OrderLineSold, ...]
    voucher_code: str = ""
    currency: str = ""
    cart_key: str = ""


@dataclass(frozen=True, slots=True)
class CartLineReported:
    """One line of a cart. `price`: price of one piece in the smallest currency unit."""

    sku: str
    name: str
    quantity: int
    price: int


@dataclass(frozen=True, slots=True)
class CartReported:
    """The whole content of a cart at one moment; an emptied cart has no lines. `version`: grows with each change, 0 if
    the vendor has none. `url`: the page on which the customer sees the cart again."""

    key: str
    identities: tuple[tuple[str, str], ...]
    at: datetime
    lines: tuple[CartLineReported, ...]
    version: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """The number's state changed; `state` is a `Channel.State`."""

    state: str
    at: datetime
    detail: Mapping[str, object] = field(default_factory=dict)


ProviderEvent = (
    IncomingMessage
    | OwnMessage
    | MessageUpdated
    | PromotionsStopped
    | AddressesChanged
    | ReceiptArrived
    | LinkClicked
    | OrderPlaced
    | CartReported
    | ConnectionChanged
)
