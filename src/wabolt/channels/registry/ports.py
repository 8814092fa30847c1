"""Data of upper rooms that the pages of this room show. Upper rooms register their objects in `AppConfig.ready`.

Examples: the page of a number shows the promotions that its lane sent today; the simulator finds a phone by the name of
a contact. Pages leave out the parts without a registered object.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel


@dataclass(frozen=True, slots=True)
class LaneState:
    """State of a channel's lane: promotions sent and allowed today, waiting messages, and the pause."""

    sent_today: int = 0
    allowed_today: int = 0
    waiting: int = 0
    paused_at: datetime | None = None
    paused_reason: str = ""
    resume_at: datetime | None = None


class Lanes(Protocol):
    """The lanes of messaging."""

    def states(self, workspace: Workspace, channels: Sequence[Channel]) -> dict[int, LaneState]:
        """Returns the states by channel id, with a constant number of statements."""

    def pause(self, channel: Channel, reason: str, actor: User | None) -> None:
        """Pauses the lane. The card shows the reason."""

    def resume(self, channel: Channel, actor: User | None) -> None:
        """Ends the pause."""


@dataclass(frozen=True, slots=True)
class Person:
    """A contact with a phone number."""

    name: str
    phone: str


class People(Protocol):
    """The contacts of the shop."""

    def search(self, workspace: Workspace, text: str, limit: int) -> list[Person]:
        """Returns contacts with a number whose name, number or code contains `text`; the newest for ""."""

    def names(self, workspace: Workspace, phones: Iterable[str]) -> dict[str, str]:
        """Returns {number: name} for numbers of named contacts."""


@dataclass(frozen=True, slots=True)
class ChatPerson:
    """The person of a chat that existed before the link. `wrote_at`: their last message, if there is one."""

    phone: str
    lid: str
    name: str
    wrote_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportedPeople:
    """Counts of people who became contacts, who were contacts already, and who were refused."""

    created: int = 0
    known: int = 0
    refused: int = 0


class ChatImporter(Protocol):
    """Makes contacts of old chats."""

    def state_sql(self, workspace: Workspace) -> str:
        """Returns an SQL expression over a row of channels_oldchat: "known" (a contact), "stopped" (opted out or
        erased) or "new"."""

    def import_people(self, channel: Channel, people: Sequence[ChatPerson]) -> ImportedPeople:
        """Makes contacts of these people, without permission, and completes existing ones. Idempotent."""


@dataclass(frozen=True, slots=True)
class ConversationCounts:
    """Numbers of people in the conversations of a number in a period.

    `written`: the number wrote to them. `begun`: those to whom it wrote first. `answered`: those of `begun` who
    answered. `first`: those of `begun` without any earlier message.
    """

    written: int = 0
    begun: int = 0
    answered: int = 0
    first: int = 0


@dataclass(frozen=True, slots=True)
class ReachCounts:
    """Counts of the shop's contacts with a WhatsApp address. `answered`: they answered a message of the shop.
    `written`: they only wrote themselves. `never`: they have never written."""

    answered: int = 0
    written: int = 0
    never: int = 0


@dataclass(frozen=True, slots=True)
class WarmUp:
    """The warm-up plan: promotions allowed on each day after the link. `today`: index of today; None when the warm-up
    is over, off or not started."""

    caps: list[int]
    today: int | None


class NumberStatistics(Protocol):
    """Statistics of conversations."""

    def conversations(
        self, workspace: Workspace, channels: Sequence[Channel], since: datetime
    ) -> dict[int, ConversationCounts]:
        """Returns the statistics by channel id, with one statement."""

    def reach(self, workspace: Workspace) -> ReachCounts:
        """Returns the statistics of all contacts, with one statement."""

    def warm_up(self, channel: Channel) -> WarmUp:
        """Returns the plan without a query."""


class _Ports:
    lanes: Lanes | None = None
    people: People | None = None
    chat_importer: ChatImporter | None = None
    number_statistics: NumberStatistics | None = None


_ports = _Ports()


def register_lanes(lanes: Lanes) -> None:
    """Registers the lanes. Called once by messaging."""
    _ports.lanes = lanes


def register_people(people: People) -> None:
    """Registers the contacts."""
    _ports.people = people


def register_chat_importer(chat_importer: ChatImporter) -> None:
    """Registers the object that makes contacts of old chats."""
    _ports.chat_importer = chat_importer


def register_number_statistics(number_statistics: NumberStatistics) -> None:
    """Registers the statistics. Called once by messaging."""
    _ports.number_statistics = number_statistics


def lanes() -> Lanes | None:
    """Returns the registered lanes, or None."""
    return _ports.lanes


def people() -> People | None:
    """Returns the registered contacts, or None."""
    return _ports.people


def chat_importer() -> ChatImporter | None:
    """Returns the registered object that makes contacts, or None."""
    return _ports.chat_importer


def number_statistics() -> NumberStatistics | None:
    """Returns the registered statistics, or None."""
    return _ports.number_statistics
