"""The kinds of alert and the channels that carry them. Every room registers its own in `AppConfig.ready()`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from django.utils.functional import Promise

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


@dataclass(frozen=True, slots=True)
class AlertKind:
    """One kind of alert.

    `key`: stored with each alert, for example "channel.stopped".
    `label`: the kind's name in lists and settings.
    `sentence(subject, data)`: the translated sentence for the member. It says what happened, and has to accept data
    that an older version stored.
    `severity`: "critical" and "warning" appear in a strip on every page, "info" only on the page "Alerts".
    `page(subject, data)`: the address where a member can act, "" for none.
    `min_role`: the lowest role that sees and gets alerts of this kind.
    `advice(subject, data)`: a translated sentence that says what to do, "" for none.
    `channels`: the channels that carry the kind to a member who has not chosen. None: by severity.
    `ends_after`: for an event without a condition that ends, such as a finished import: the alert resolves itself this
    long after it opened, and when a member acknowledges it. It is announced once.
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
    outline: Callable[[str, Data], str] | None = None

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
