"""A scripted provider for fault tests."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from wabolt.channels import services
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.providers.media_limits import media_refusal
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
    ConnectionChanged,
    IncomingMedia,
    IncomingMessage,
    LinkClicked,
    MessageUpdated,
    OrderPlaced,
    OwnMessage,
    ProviderEvent,
    ReceiptArrived,
)
from wabolt.channels.services import NewRawEvent
from wabolt.lib import clock

Script = Outcome | Exception | Callable[[Outgoing], Outcome]


class ScriptedProvider:
    """Returns the outcomes in `World.script` (by ref or address), otherwise `Accepted`. Stores all messages in `taken`.

    Use it for a channel of a test:

        monkeypatch.setitem(registry.PROVIDERS, "simulator", "wabolt.channels.tests.scripted.ScriptedProvider")

    The state belongs to the channel's id (`World.of`), because a new provider is built for each use.
    """

    capabilities = Capabilities(
        max_messages_per_minute=1_000_000,
        max_daily_cap=1_000_000,
        reports=frozenset({"media", "reaction", "edit", "revoke", "button", "own"}),
        can_check_numbers=True,
        is_simulation=True,
        media={
            "image": MediaLimit(("image/jpeg",), 100_000),
            "document": MediaLimit(("application/pdf",), 100_000),
        },
    )

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.world = World.of(channel)
        self.is_open = False

    def connect(self) -> None:
        if self.world.unreachable:
            raise ConnectionError("scripted: unreachable")
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def send(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Stops after `world.stop_after` messages in total, like a connection that breaks between two messages."""
        outcomes: list[Outcome] = []
        for out in batch:
            if self.world.stop_after is not None and len(self.world.taken) >= self.world.stop_after:
                break
            answer = self.world.script.get(out.ref) or self.world.script.get(out.to)
            if isinstance(answer, Exception):
                self.world.taken.append(out)
                raise answer
            outcomes.append(self._answer(out, answer))
        return outcomes

    def _answer(self, out: Outgoing, answer: Any) -> Outcome:
        if callable(answer):
            answer = answer(out)
        if out.to_kind not in self.capabilities.identity_kinds:
            return Refused("wrong_number", out.to_kind)
        if len(out.text) > self.capabilities.max_text_length:
            return Refused("too_long")
        if unfit := media_refusal(self.capabilities, out):
            return unfit
        outcome: Outcome = answer or Accepted(f"SCRIPT-{out.ref}", clock.now())
        if not isinstance(outcome, Refused | Later):
            self.world.taken.append(out)
        return outcome

    def collect(self, limit: int) -> int:
        """Stores up to `limit` events; a repeated event is not new."""
        batch = [self.world.told.popleft() for _ in range(min(limit, len(self.world.told)))]
        return services.store_raw_events(channel=self.channel, events=batch)

    def parse(self, raw: RawEvent) -> list[ProviderEvent]:
        """Payloads hold the fields of the provider event of that kind; "poison" raises."""
        payload = dict(raw.payload)
        if raw.kind == "poison":
            raise ValueError(payload.get("why", "scripted poison"))
        at = datetime.fromisoformat(payload.pop("at"))
        match raw.kind:
            case "message":
                pairs = tuple((str(k), str(v)) for k, v in payload.pop("identities"))
                return [IncomingMessage(at=at, identities=pairs, media=_media(payload), **payload)]
            case "receipt":
                return [ReceiptArrived(tuple(payload.pop("provider_ids")), at=at, **payload)]
            case "own":
                pairs = tuple((str(k), str(v)) for k, v in payload.pop("identities"))
                return [OwnMessage(at=at, identities=pairs, media=_media(payload), **payload)]
            case "updated":
                pairs = tuple((str(k), str(v)) for k, v in payload.pop("identities"))
                return [MessageUpdated(kind=payload.pop("what"), at=at, identities=pairs, **payload)]
            case "click":
                return [LinkClicked(at=at, **payload)]
            case "order":
                pairs = tuple((str(k), str(v)) for k, v in payload.pop("identities"))
                return [OrderPlaced(at=at, identities=pairs, lines=(), **payload)]
            case "connection":
                return [ConnectionChanged(at=at, **payload)]
        raise UnknownEventError(raw.kind)

    def check_numbers(self, phones: Sequence[str]) -> dict[str, bool | None]:
        return {phone: not isinstance(self.world.script.get(phone), Refused) for phone in phones}

    def fetch_media(self, reference: Mapping[str, object], max_bytes: int) -> bytes:
        """Returns the bytes in `world.files`, or raises the exception there."""
        self.world.fetched.append(str(reference["name"]))
        found = self.world.files.get(str(reference["name"]), MediaGoneError("scripted"))
        if isinstance(found, Exception):
            raise found
        if len(found) > max_bytes:
            raise MediaTooBigError(f"{len(found)} bytes")
        return found


class CourteousProvider(ScriptedProvider):
    """A scripted provider that shows typing, marks as read and checks numbers, like a linked number."""

    capabilities = replace(ScriptedProvider.capabilities, can_type=True, check_every=timedelta(seconds=20))

    def typing(self, to_kind: str, to: str, *, on: bool) -> None:
        self._show("typing", to, on)

    def mark_read(self, to_kind: str, to: str, provider_ids: Sequence[str]) -> None:
        self._show("read", to, *sorted(provider_ids))

    def _show(self, *what: Any) -> None:
        if not self.world.answers:
            raise ConnectionError("scripted: no answer")
        self.world.shown.append(what)

    def check_numbers(self, phones: Sequence[str]) -> dict[str, bool | None]:
        self.world.questions.append(sorted(phones))
        if not self.world.answers:
            raise ConnectionError("scripted: no answer")
        return super().check_numbers(phones)


def _media(told: dict[str, Any]) -> IncomingMedia | None:
    file = told.pop("file", None)
    if file is None:
        return None
    return IncomingMedia(file["kind"], file["mime_type"], file["size"], file["name"], {"name": file["lies"]})


class World:
    """The script of a channel, the messages that were sent, and the events to report."""

    _worlds: "defaultdict[int, World]"

    def __init__(self) -> None:
        self.script: dict[str, Any] = {}
        self.taken: list[Outgoing] = []
        self.told: deque[NewRawEvent] = deque()
        self.files: dict[str, bytes | Exception] = {}
        self.fetched: list[str] = []
        self.shown: list[tuple[Any, ...]] = []
        self.questions: list[list[str]] = []
        self.answers = True
        self.unreachable = False
        self.stop_after: int | None = None

    @classmethod
    def of(cls, channel: Channel) -> "World":
        return cls._worlds[channel.pk]

    def tell(self, kind: str, dedupe_key: str | None = None, /, *, at: datetime | None = None, **payload: Any) -> None:
        """Adds an event that the next `collect` stores."""
        moment = at or clock.now()
        self.told.append(NewRawEvent(kind, {"at": moment.isoformat(), **payload}, moment, dedupe_key))

    def tell_message(self, phone: str, text: str, provider_id: str, **more: Any) -> None:
        """Adds a message from `phone`."""
        payload = {"name": "", "text": text, "identities": [["phone", phone]], "provider_id": provider_id, **more}
        self.tell("message", provider_id, **payload)

    def tell_file(self, phone: str, provider_id: str, data: bytes | Exception, **more: Any) -> None:
        """Adds a message with a file, which is stored at the vendor under the message's id."""
        self.files[provider_id] = data
        payload: dict[str, Any] = {"kind": "image", "mime_type": "image/jpeg", "size": None, "name": ""}
        payload["lies"] = provider_id
        text = more.pop("text", "📷")
        self.tell_message(phone, text, provider_id, file={**payload, **more})

    def tell_receipts(self, provider_ids: Iterable[str], kind: str, **more: Any) -> None:
        """Adds a receipt without an id of its own: each call makes a new raw event."""
        self.tell("receipt", None, provider_ids=list(provider_ids), kind=kind, **more)


World._worlds = defaultdict(World)

LATER = Later("rate_limited", timedelta(seconds=30))
AMBIGUOUS = Ambiguous("scripted: the line broke")
REFUSED = Refused("wrong_number", "scripted")
