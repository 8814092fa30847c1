"""The provider of simulated phones. Nothing leaves this machine."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from wabolt.channels.models import Channel, PlayedPhone, RawEvent, SimulatedFile
from wabolt.channels.providers.media_limits import DOCUMENTS, MEGABYTE, media_refusal
from wabolt.channels.providers.simulator import behaviour as behaviour
from wabolt.channels.providers.simulator import shopping, world
from wabolt.channels.registry.contract import (
    Accepted,
    Ambiguous,
    Capabilities,
    Later,
    MediaGoneError,
    MediaLimit,
    MediaTooBigError,
    Outcome,
    Outgoing,
    Refused,
    UnknownEventError,
)
from wabolt.channels.registry.events import (
    CartLineReported,
    CartReported,
    ConnectionChanged,
    IncomingMedia,
    IncomingMessage,
    LinkClicked,
    OrderLineSold,
    OrderPlaced,
    ProviderEvent,
    ReceiptArrived,
)
from wabolt.lib import clock

ID_PREFIX = "SIM-"
BROWSER = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36 Simulated"
"""User agent of simulated phones: an ordinary one, because a person opens the link."""
SIGNS = {"image": "📷", "video": "🎬", "audio": "🎤", "document": "📄", "sticker": "🏷️"}
"""Prefixes of captions, the same as for other numbers."""


class SimulatorProvider:
    """The simulated world as one channel sees it (`registry.Provider`)."""

    capabilities = Capabilities(
        # No real person receives anything, so the limits only prevent overflows.
        max_messages_per_minute=1_000_000,
        max_daily_cap=10_000_000,
        reports=frozenset({"media"}),
        # The same limits as a linked number.
        media={
            "image": MediaLimit(("image/jpeg", "image/png"), 5 * MEGABYTE),
            "document": MediaLimit(DOCUMENTS, 16 * MEGABYTE),
        },
        can_check_numbers=True,
        has_own_clock=True,
        is_simulation=True,
    )

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.profile = behaviour.profile_of(channel.options)

    def connect(self) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""

    def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Delivers the messages and plans the actions of the phones, in one transaction for the batch."""
        now = clock.now()
        played = set(
            PlayedPhone.objects.filter(channel=self.channel, phone__in={o.to for o in batch}).values_list(
                "phone", flat=True
            )
        )
        outcomes: list[Outcome] = []
        deliveries: list[world.Delivery] = []
        planned_actions: list[behaviour.PlannedAction] = []
        for out in batch:
            outcome = self._outcome(out, out.to in played, now)
            outcomes.append(outcome)
            if isinstance(outcome, Accepted | Ambiguous):
                deliveries.append((out.ref, out.to, out.text, out.media))
                if out.to in played:
                    planned_actions.append(behaviour.delivery_receipt(self.profile, out.to, out.ref, now))
                else:
                    planned = behaviour.plan(self.profile, out.to, out.ref, out.text, now)
                    planned_actions += [*planned, *shopping.carts_after(self.profile, planned)]
        if deliveries:
            world.put(self.channel, now, deliveries, planned_actions)
        return outcomes

    def _outcome(self, out: Outgoing, is_played: bool, now: datetime) -> Outcome:
        if out.to_kind not in self.capabilities.identity_kinds:
            return Refused("wrong_number", f"cannot address a {out.to_kind}")
        if len(out.text) > self.capabilities.max_text_length:
            return Refused("too_long", f"{len(out.text)} characters")
        if out.media is not None and (unfit := media_refusal(self.capabilities, out)):
            return unfit
        verdict = "accepted" if is_played else behaviour.verdict(self.profile, out.to, out.ref, now)
        if verdict == "wrong_number":
            return Refused("wrong_number", "not on WhatsApp")
        if verdict == "busy":
            return Later("rate_limited", timedelta(seconds=60 / self.profile.speed))
        if verdict == "ambiguous":
            return Ambiguous("the line broke while sending")
        return Accepted(ID_PREFIX + out.ref, now)

    def collect(self, limit: int) -> int:
        """Moves due actions to `RawEvent`."""
        return world.move_due(self.channel, clock.now(), limit)

    def parse(self, raw: RawEvent) -> list[ProviderEvent]:
        """Parses an action of `profile`."""
        payload = raw.payload
        at = datetime.fromisoformat(payload["at"])
        match raw.kind:
            case "delivered" | "read":
                return [ReceiptArrived((ID_PREFIX + payload["ref"],), raw.kind, at, ref=payload["ref"])]
            case "message":
                quoted = ID_PREFIX + payload["quoted_ref"] if payload.get("quoted_ref") else None
                identities = (("phone", str(payload["phone"])),)
                media = _media(payload["key"], payload["file"]) if payload.get("file") else None
                text = f"{SIGNS[media.kind]} {payload['text']}".strip() if media else payload["text"]
                unsupported = "" if text or media else "empty"
                return [
                    IncomingMessage(
                        payload["key"], identities, payload.get("name", ""), text, at, quoted, media, unsupported
                    )
                ]
            case "click":
                return [LinkClicked(payload["url"], at, BROWSER)]
            case "order":
                lines = tuple(OrderLineSold(*line) for line in payload["lines"])
                owner = (("phone", payload["phone"]),)
                cart = payload.get("cart", "")
                return [OrderPlaced(payload["number"], owner, at, lines, payload["voucher"], cart_key=cart)]
            case "cart":
                content = tuple(CartLineReported(*line) for line in payload["lines"])
                owner = (("phone", payload["phone"]),)
                return [CartReported(payload["cart"], owner, at, content, payload["version"], payload["url"])]
            case "connection":
                return [ConnectionChanged(payload["state"], at, payload.get("detail", {}))]
        raise UnknownEventError(raw.kind)

    def check_numbers(self, phones: Sequence[str]) -> dict[str, bool | None]:
        """Answers by the trait `wrong_number`, which also refuses messages."""
        return {phone: behaviour.verdict(self.profile, phone, "", clock.now()) != "wrong_number" for phone in phones}

    def fetch_media(self, reference: Mapping[str, object], max_bytes: int) -> bytes:
        """See `registry.MediaProvider`."""
        found = SimulatedFile.objects.filter(channel=self.channel, key=str(reference.get("key"))).values_list("data")
        row = found.first()
        if row is None:
            raise MediaGoneError("no such file")
        data = bytes(row[0])
        if len(data) > max_bytes:
            raise MediaTooBigError(f"{len(data)} bytes")
        return data


def _media(key: str, payload: Mapping[str, Any]) -> IncomingMedia:
    return IncomingMedia(payload["kind"], payload["mime_type"], payload["size"], payload["name"], {"key": key})
