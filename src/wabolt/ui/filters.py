"""Template filters on top of `wabolt.lib.formats`, in the active language and time zone."""

import json
from collections.abc import Callable
from datetime import date, datetime, tzinfo
from functools import wraps
from typing import Any, ParamSpec, TypeGuard, TypeVar
from zoneinfo import ZoneInfo

from django.template import Library
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from wabolt.lib import clock, formats

EMPTY = "–"
MOST_LETTERS = 60
"""Length to which a value is cut that a filter cannot format."""
NAMES: list[str] = []
"""The names of all filters in this module."""
T = TypeVar("T")
P = ParamSpec("P")


def _safe(function: Callable[P, str]) -> Callable[P, str]:
    """A filter that shows any stored value, unformatted if it cannot be formatted as a number, an amount or a time.

    A huge number, a date in the year 9999 or text in a numeric column must not break a page.
    """

    @wraps(function)
    def shown(*args: P.args, **kwargs: P.kwargs) -> str:
        try:
            return function(*args, **kwargs)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return _plain(args[0])

    NAMES.append(function.__name__)
    return shown


def _plain(value: Any) -> str:
    try:
        text = str(value)
    except ValueError:  # more digits than Python converts (sys.get_int_max_str_digits)
        return EMPTY
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"


def _given(value: T | None) -> TypeGuard[T]:
    """Returns False for None and for the empty string that templates pass for an unknown name."""
    return value is not None and value != ""


def _lang() -> str:
    return get_language() or "id"


def _zone(zone: Any) -> tzinfo:
    """Returns a tzinfo for a tzinfo, a name, or nothing (the time zone of the request)."""
    if isinstance(zone, tzinfo):
        return zone
    return ZoneInfo(zone) if zone else timezone.get_current_timezone()


@_safe
def number_id(value: Any, decimals: int = 0) -> str:
    """`{{ 1234|number_id }}` -> 1.234"""
    return formats.number(value, _lang(), decimals) if _given(value) else EMPTY


@_safe
def file_size(size: int | None) -> str:
    """`{{ media.size|file_size }}` -> 1,3 MB"""
    return formats.file_size(size, _lang()) if _given(size) else EMPTY


@_safe
def money(amount: int | None, currency: str = "IDR") -> str:
    """`{{ order.total|money:order.currency }}` -> Rp150.000"""
    return formats.money(amount, currency or "IDR", _lang()) if _given(amount) else EMPTY


@_safe
def money_short(amount: int | None, currency: str = "IDR") -> str:
    """`{{ 12400000|money_short }}` -> Rp12,4 jt"""
    return formats.money_short(amount, currency or "IDR", _lang()) if _given(amount) else EMPTY


@_safe
def percent(value: Any, whole: float = 1) -> str:
    """`{{ read|percent:sent }}` -> 67,4 %; without `whole` the value is a share from 0 to 1."""
    return formats.percent(value, whole, _lang()) if _given(value) else EMPTY


@_safe
def local_time(value: datetime | None, zone: Any = None) -> str:
    """31 Okt 2026, 19.30 WIB"""
    return formats.moment(value, _zone(zone), _lang()) if _given(value) else EMPTY


@_safe
def local_date(value: date | datetime | None, zone: Any = None) -> str:
    """31 Okt 2026"""
    return formats.short_date(value, _zone(zone), _lang()) if _given(value) else EMPTY


@_safe
def birthday(value: date | None) -> str:
    """14 Feb 1994; 14 Feb without a known year"""
    return formats.birthday(value, _lang()) if _given(value) else EMPTY


@_safe
def clock_time(value: datetime | None, zone: Any = None) -> str:
    """19.30"""
    return formats.clock_time(value, _zone(zone), _lang()) if _given(value) else EMPTY


@_safe
def relative_time(value: datetime | None) -> str:
    """5 menit lalu"""
    return formats.relative(value, clock.now(), _lang()) if _given(value) else EMPTY


@_safe
def duration(seconds: float | None) -> str:
    """1 jam 20 menit"""
    return formats.duration(seconds, _lang()) if _given(seconds) else EMPTY


@_safe
def phone(value: str | None) -> str:
    """+62 812-3456-7890"""
    return formats.phone(value) if value else EMPTY


def as_json(value: Any) -> SafeString:
    """Returns a value as JSON for a script file (not for a page: use `json_script` there)."""
    return mark_safe(json.dumps(value).replace("<", "\\u003c"))  # noqa: S308 - JSON, with no way to open a tag


def register_all(library: Library) -> None:
    """Adds every filter of this module to a template library."""
    for name in NAMES:
        library.filter(name, globals()[name])
    library.filter(as_json)
