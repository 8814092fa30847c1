"""One condition of a segment, and its values."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Value = str | int | Decimal | bool | dt.date | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Condition:
    """One statement about a contact.

    `field` and `op` are words of the catalogue. `within_days` is the N of "within N days" and "over N days ago":
    whole days in the workspace's time zone.
    """

    field: str
    op: str
    value: Value = None
    within_days: int | None = None


def texts(value: Value) -> tuple[str, ...]:
    """The words of a value, one or several."""
    return value if isinstance(value, tuple) else (str(value),)


def found(names: Mapping[str, Sequence[Any]] | None, value: Value) -> list[Any]:
    """Returns the distinct ids behind the words of a value."""
    return list(dict.fromkeys(item for word in texts(value) for item in (names or {}).get(word.lower(), ())))
