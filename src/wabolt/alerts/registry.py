"""The kinds of alert. Every room registers its kinds in `AppConfig.ready()`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise

Severity = Literal["critical", "warning", "info"]
Data = Mapping[str, Any]


def _no_page(_subject: str, _data: Data) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class AlertKind:
    """One kind of alert.

    `key`: stored with each alert, for example "channel.stopped". `label`: the kind's name in lists and settings.
    `sentence(subject, data)`: the translated sentence for the member. It says what happened and what to do, and has to
    accept data that an older version stored. `page(subject, data)`: the address where a member can act, "" for none.
    `severity`: "critical" and "warning" appear in a strip on every page, "info" only on the page "Alerts". `min_role`:
    the lowest role that sees alerts of this kind.
    """

    key: str
    label: str | Promise
    sentence: Callable[[str, Data], str]
    severity: Severity = "warning"
    page: Callable[[str, Data], str] = _no_page
    min_role: str = "agent"


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
