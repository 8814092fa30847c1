"""The kinds of alert and the channels that carry them. Every room registers its own in `AppConfig.ready()`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.utils.functional import Promise

from wabolt.accounts.models import Membership
from wabolt.lib.roles import at_least

Severity = Literal["critical", "warning", "info"]
Data = Mapping[str, Any]
PUSH, EMAIL, WHATSAPP = "push", "email", "whatsapp"

_DEFAULT_CHANNELS: Mapping[Severity, tuple[str, ...]] = {
    "critical": (PUSH, EMAIL, WHATSAPP),
    "warning": (PUSH, EMAIL),
    "info": (),
}


def _nothing(_subject: str, _data: Data) -> str:
    return ""


def _everyone(_subject: str, _data: Data) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class AlertKind:
    """One kind of alert.

    `key`: stored with each alert, for example "channel.stopped".
    `label`: the kind's name in lists and settings.
    `sentence(subject, data)`: the translated sentence for the member. It says what happened, and has to accept data
    that an older version stored.
    `severity`: "critical" and "warning" appear in a strip on every page, "info" only on the page "Alerts".
    `page(subject, data)`: the address where a member can act, "" for none.
    `min_role`: the lowest role that sees alerts of this kind and hears of them.
    `advice(subject, data)`: a translated sentence that says what to do, "" for none.
    `channels`: the channels that carry the kind to a member who has not chosen. None: by severity.
    `ends_after`: for an event without a condition that ends, such as a finished import: the alert resolves itself this
    long after it opened, and when a member acknowledges it. It is announced once.
    `grace`: an alert that resolves within this time is shown and not announced.
    `member(subject, data)`: the id of the only user who sees and hears of the alert; None: all members with the role.
    `outline(subject, data)`: the translated sentence for push notifications, which pass through the browser vendor's
    service: no name and no text of a customer. None: the label.
    """

    key: str
    label: str | Promise
    sentence: Callable[[str, Data], str]
    severity: Severity = "warning"
    page: Callable[[str, Data], str] = _nothing
    min_role: str = "agent"
    advice: Callable[[str, Data], str] = _nothing
    channels: tuple[str, ...] | None = None
    ends_after: timedelta | None = None
    grace: timedelta = timedelta(0)
    member: Callable[[str, Data], int | None] = _everyone
    outline: Callable[[str, Data], str] | None = None

    def concerns(self, role: str, user_id: int | None, subject: str, data: Data) -> bool:
        """Whether a person with this role sees such an alert. `user_id`: None for no certain person."""
        return at_least(role, self.min_role) and self.member(subject, data) in {None, user_id}

    @property
    def default_channels(self) -> tuple[str, ...]:
        """The channels for members who have not chosen."""
        return _DEFAULT_CHANNELS[self.severity] if self.channels is None else self.channels


_kinds: dict[str, AlertKind] = {}


def register(*kinds: AlertKind) -> None:
    """Adds kinds of alert. A second registration of a key replaces the first."""
    _kinds.update({kind.key: kind for kind in kinds})


def kind_of(key: str) -> AlertKind | None:
    """The registered kind, or None: an alert of a removed kind stays in the database but is not shown."""
    return _kinds.get(key)


def kinds() -> tuple[AlertKind, ...]:
    """All registered kinds, by key."""
    return tuple(_kinds[key] for key in sorted(_kinds))


@dataclass(frozen=True, slots=True)
class Item:
    """One alert in a letter, in the member's language. `outline` names no customer; the other texts may."""

    alert_id: int
    kind: str
    subject: str
    severity: Severity
    label: str
    sentence: str
    advice: str
    outline: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """One announcement to a member over one channel: one alert, or several that waited (a digest).

    `target`: one of the targets that the channel named for the member. `key`: the same for each attempt, so that the
    receiving side can recognise a repetition. No items: a test message.
    """

    membership: Membership
    target: str
    key: str
    language: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The end of an attempt: "sent", "later" (try again) or "failed" (never again). `reason`: a code with details for
    the log. `wait`: the delay that the receiving server asks for."""

    state: Literal["sent", "later", "failed"]
    reason: str = ""
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class AlertChannel:
    """A channel that carries alerts to members.

    `key`: stored with deliveries and choices. `label`: its name on pages. `targets(memberships)`: {membership id:
    targets}, for the members whom the channel can reach now; most channels have the one target "". `send(letter)`:
    sends within about 20 seconds and never raises for a refusal. `setup`: the URL name of the page where a member
    connects the channel. `words(reason)`: the translated sentence for a `Result.reason`. `order`: the column in tables.
    """

    key: str
    label: str | Promise
    targets: Callable[[Sequence[Membership]], Mapping[int, Sequence[str]]]
    send: Callable[[Letter], Result]
    setup: str
    words: Callable[[str], str]
    order: int = 100


_channels: dict[str, AlertChannel] = {}


def register_channel(channel: AlertChannel) -> None:
    """Adds a channel. A second registration of a key replaces the first."""
    _channels[channel.key] = channel


def channel_of(key: str) -> AlertChannel | None:
    """The registered channel, or None."""
    return _channels.get(key)


def channels() -> tuple[AlertChannel, ...]:
    """All registered channels in the order of their columns."""
    return tuple(sorted(_channels.values(), key=lambda channel: (channel.order, channel.key)))
