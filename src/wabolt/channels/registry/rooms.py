"""What this room needs to know of rooms above it, filled in by them at start (`AppConfig.ready`).

A channel's lane and the shop's contacts are not known down here, yet the page of a number shows how much it sent
today, and the simulated phone is looked up by a contact's name. Where nobody has registered, those parts are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel


@dataclass(frozen=True, slots=True)
class LaneStanding:
    """How a channel's lane stands: promotions started today and allowed today, messages that wait, and its pause."""

    sent_today: int = 0
    allowed_today: int = 0
    waiting: int = 0
    paused_at: datetime | None = None
    paused_reason: str = ""
    resume_at: datetime | None = None


class Lanes(Protocol):
    """Whoever carries messages out."""

    def standings(self, workspace: Workspace, channels: Sequence[Channel]) -> dict[int, LaneStanding]:
        """By channel id, in a number of statements that does not grow with the channels."""

    def pause(self, channel: Channel, reason: str, actor: User | None) -> None:
        """Holds everything that waits, with the reason in a person's words."""

    def resume(self, channel: Channel, actor: User | None) -> None:
        """Lets it go again."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a number."""

    name: str
    phone: str


class People(Protocol):
    """Whoever knows the contacts."""

    def search(self, workspace: Workspace, text: str, limit: int) -> list[Person]:
        """People whose name, number or code holds `text`; the newest when it is empty. Only those with a number."""

    def names(self, workspace: Workspace, phones: Iterable[str]) -> dict[str, str]:
        """{number: name} of those who are known by name."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody from a chat that was there before the link; `wrote_at` is their own last message, if one was seen."""

    phone: str
    lid: str
    name: str
    wrote_at: datetime | None


@dataclass(frozen=True, slots=True)
class Welcomed:
    """How many of the strangers became contacts, were contacts already, and stayed out."""

    created: int = 0
    known: int = 0
    refused: int = 0


class Newcomers(Protocol):
    """Whoever makes contacts of chats that were there before."""

    def standing_sql(self, workspace: Workspace) -> str:
        """An SQL expression over a row of channels_oldchat: "known" (a contact already), "stopped" (said stop or was
        erased, and stays out), or "new"."""

    def welcome(self, channel: Channel, people: Sequence[Stranger]) -> Welcomed:
        """Makes contacts of them, without permission, and completes those who are; again changes nothing."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a number talked with people in some days. `written`: people it wrote to; `begun`: those of them to whom it
    wrote before they did; `answered`: those of `begun` who answered; `first`: those of `begun` who had never had a
    message from it, nor written one."""

    written: int = 0
    begun: int = 0
    answered: int = 0
    first: int = 0


@dataclass(frozen=True, slots=True)
class Reach:
    """The shop's contacts who have a WhatsApp address, by what they have done: `answered` a message of ours, `written`
    by themselves only, or `never` written."""

    answered: int = 0
    written: int = 0
    never: int = 0


@dataclass(frozen=True, slots=True)
class WarmUp:
    """The plan of a young number: promotions allowed on each day from the link on. `today`: index of today's, None
    where the warm-up is over, off or has not begun."""

    caps: list[int]
    today: int | None


class Pulse(Protocol):
    """Whoever sees how numbers talk."""

    def habits(self, workspace: Workspace, channels: Sequence[Channel], since: datetime) -> dict[int, Habits]:
        """By channel id, in one statement."""

    def reach(self, workspace: Workspace) -> Reach:
        """Of all contacts, in one statement."""

    def warm_up(self, channel: Channel) -> WarmUp:
        """Asks nothing."""


class _Ports:
    lanes: Lanes | None = None
    people: People | None = None
    newcomers: Newcomers | None = None
    pulse: Pulse | None = None


_ports = _Ports()


def register_lanes(lanes: Lanes) -> None:
    """Called once by messaging."""
    _ports.lanes = lanes


def register_people(people: People) -> None:
    """Called once by a room that may ask contacts."""
    _ports.people = people


def register_newcomers(newcomers: Newcomers) -> None:
    """Called once by a room that may make contacts."""
    _ports.newcomers = newcomers


def register_pulse(pulse: Pulse) -> None:
    """Called once by messaging."""
    _ports.pulse = pulse


def lanes() -> Lanes | None:
    """The registered lanes, if any."""
    return _ports.lanes


def people() -> People | None:
    """The registered people, if any."""
    return _ports.people


def newcomers() -> Newcomers | None:
    """The registered maker of contacts, if any."""
    return _ports.newcomers


def pulse() -> Pulse | None:
    """The registered pulse, if any."""
    return _ports.pulse
