"""The registry of messaging: rooms add origins of messages and responders in `AppConfig.ready()`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.messaging.store.models import Conversation, Message


@dataclass(frozen=True, slots=True)
class Origin:
    """The sender of a kind of message.

    `kind`: the value of `Message.origin_kind`. `label`: its name on pages. `page`: the URL of the origin with this id,
    if it has a page. `reply_window`: an inbound message within this time after such a message is a reply to it; None if
    replies are not counted. `attribution_window`: an order within this time after a click or a voucher counts for the
    origin, unless the origin has a window of its own; None if orders are not counted. `answers_rights`: these messages
    answer a person's request about their own data, so a restriction lets them pass.
    `unwanted(workspace, {message id: idempotency key})`: {message id: reason} of messages that should no longer be
    sent, such as a reminder of a cart that was ordered. The lane asks it about each batch before it sends, in the
    transaction of the claim; these messages end as cancelled.
    """

    kind: str
    label: str | Promise
    page: Callable[[int], str] | None = None
    reply_window: timedelta | None = None
    attribution_window: timedelta | None = None
    answers_rights: bool = False
    unwanted: Callable[[Workspace, Mapping[int, str]], Mapping[int, str]] | None = None


ORIGINS: dict[str, Origin] = {}
"""By kind."""


def register_origin(origin: Origin) -> None:
    """Adds an origin. Raises ValueError for a kind that another room registered already."""
    if ORIGINS.setdefault(origin.kind, origin) != origin:
        raise ValueError(f"the origin {origin.kind} is registered already")


def unwanted(workspace: Workspace, keys: Mapping[str, Mapping[int, str]]) -> dict[int, str]:
    """{message id: reason} of messages that their origins no longer want. `keys`: {origin kind: {message id:
    idempotency key}}."""
    found: dict[int, str] = {}
    for kind, messages in keys.items():
        origin = ORIGINS.get(kind)
        if origin is not None and origin.unwanted is not None:
            found |= origin.unwanted(workspace, messages)
    return found


def about_rights() -> list[str]:
    """The kinds of origins whose messages a restriction lets pass."""
    return [kind for kind, origin in ORIGINS.items() if origin.answers_rights]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An inbound message that was just stored, on its way through the responders.

    `keyword`: the meaning of the whole message for promotions: "stop", "start", "doubt" or None.
    `phone`: the number (E.164) that wrote the message, as the provider reports it; None if the provider hides it. A
    contact can have several numbers, so this is not always the number that messages to the contact go to.
    `dialog`: the dialog that was open in the conversation before the first responder was asked
    (`store.services.open_dialog`). Only responders get it; elsewhere it is None.
    """

    channel: Channel
    contact: Contact
    message: Message
    keyword: str | None
    phone: str | None = None
    dialog: "Dialog | None" = None

    @property
    def evidence(self) -> dict[str, Any]:
        """The message as proof for the consent ledger: its id and its first words."""
        return {"message": self.message.pk, "channel": self.channel.pk, "text": self.message.text[:100]}


@dataclass(frozen=True, slots=True)
class Dialog:
    """The state of a conversation in which a responder waits for an answer: its name, and what it has to remember."""

    responder: str
    data: dict[str, object]


def dialogs_of(arrivals: Sequence[Arrival]) -> dict[int, Dialog]:
    """The dialogs that are open now in the conversations of these arrivals, which are of one channel: {contact id:
    dialog}."""
    if not arrivals:
        return {}
    people = [arrival.contact.pk for arrival in arrivals]
    asked = Conversation.objects.filter(channel=arrivals[0].channel, contact__in=people).exclude(dialog_kind="")
    rows = asked.values_list("contact", "dialog_kind", "dialog_data", "dialog_until")
    return {contact: Dialog(kind, data) for contact, kind, data, until in rows if until is None or until > clock.now()}


@dataclass(frozen=True, slots=True)
class Responder:
    """A function that takes or leaves arrivals. The first responder that takes an arrival ends its chain.

    `respond` gets arrivals of one channel and of different contacts, in the order in which they were stored, and
    returns the ids of the messages that it took. A responder that decides about one arrival at a time is made with
    `each`.

    Responders are asked in ascending `order`: 5 codes of members, 10 start words, 20 open chat forms, 30 entry points,
    40 automatic replies. A message that none of them takes stays unread in the inbox. Opt-outs are not responders: they
    are applied before all of them. `respond` runs in a savepoint of the transaction that stores the messages: it queues
    messages and never sends. If it raises, its changes are rolled back and it is asked again about each half of the
    arrivals, until the arrival at fault is alone; the next responder is asked about that one.

    `counts_as_reply`: a message that it takes is still a reply to a broadcast. A customer who answers "INFO" has
    replied, whether a member or a rule reacts.

    `claims(workspace, texts)`: for each text, the name of what takes such a message for itself, such as a
    giveaway with this word; "" for nothing. Pages that try a rule ask it.
    """

    name: str
    order: int
    respond: Callable[[Sequence[Arrival]], Collection[int]]
    counts_as_reply: bool = False
    claims: Callable[[Workspace, Sequence[str]], Sequence[str]] | None = None


def each(take: Callable[[Arrival], bool]) -> Callable[[Sequence[Arrival]], set[int]]:
    """`Responder.respond` out of a function that says whether it takes one arrival."""

    def respond(arrivals: Sequence[Arrival]) -> set[int]:
        return {arrival.message.pk for arrival in arrivals if take(arrival)}

    return respond


RESPONDERS: dict[str, Responder] = {}
"""By name."""


def register_responder(responder: Responder) -> None:
    """Adds a responder. Raises ValueError for a name or an order that is taken."""
    others = [known for known in RESPONDERS.values() if known != responder]
    if any(responder.name == known.name or responder.order == known.order for known in others):
        raise ValueError(f"the responder {responder.name} ({responder.order}) is registered already")
    RESPONDERS[responder.name] = responder


def claimed_by(workspace: Workspace, texts: Sequence[str], *, before: int) -> list[str]:
    """For each text, the name of what takes it in responders with a lower `order` than `before`; "" for nothing."""
    found = [""] * len(texts)
    for responder in responders():
        if responder.order < before and responder.claims is not None:
            claims = responder.claims(workspace, texts)
            found = [first or name for first, name in zip(found, claims, strict=True)]
    return found


def responders() -> list[Responder]:
    """All responders in the order in which they are asked."""
    return sorted(RESPONDERS.values(), key=lambda responder: responder.order)
