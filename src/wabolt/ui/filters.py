"""Template filters over `wabolt.lib.formats`, in the language and time zone that are active for the request."""

import json
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.template import Library
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from wabolt.lib import clock, formats

EMPTY = "–"


def _nothing(value: Any) -> bool:
    """None, or the empty text that templates hand over for a name they do not know: a filter must not break a page."""
    return value is None or value == ""


def _lang() -> str:
    return get_language() or "id"


def _zone(zone: Any) -> tzinfo:
    """A tzinfo from a tzinfo, a name, or nothing: then the time zone of the request."""
    if isinstance(zone, tzinfo):
        return zone
    return ZoneInfo(zone) if zone else timezone.get_current_timezone()


def number_id(value: float | Decimal | None, decimals: int = 0) -> str:
    """`{{ 1234|number_id }}` -> 1.234"""
    return EMPTY if _nothing(value) else formats.number(value, _lang(), decimals)


def money(amount: int | None, currency: str = "IDR") -> str:
    """`{{ order.total|money:order.currency }}` -> Rp150.000"""
    return EMPTY if _nothing(amount) else formats.money(amount, currency or "IDR", _lang())


def money_short(amount: int | None, currency: str = "IDR") -> str:
    """`{{ 12400000|money_short }}` -> Rp12,4 jt"""
    return EMPTY if _nothing(amount) else formats.money_short(amount, currency or "IDR", _lang())


def percent(value: float | Decimal | None, whole: float = 1) -> str:
    """`{{ read|percent:sent }}` -> 67,4 %; without `whole` the value is a share from 0 to 1."""
    return EMPTY if _nothing(value) else formats.percent(value, whole, _lang())


def local_time(value: datetime | None, zone: Any = None) -> str:
    """31 Okt 2026, 19.30 WIB"""
    return EMPTY if _nothing(value) else formats.moment(value, _zone(zone), _lang())


def local_date(value: date | datetime | None, zone: Any = None) -> str:
    """31 Okt 2026"""
    return EMPTY if _nothing(value) else formats.short_date(value, _zone(zone), _lang())


def clock_time(value: datetime | None, zone: Any = None) -> str:
    """19.30"""
    return EMPTY if _nothing(value) else formats.clock_time(value, _zone(zone), _lang())


def relative_time(value: datetime | None) -> str:
    """5 menit lalu"""
    return EMPTY if _nothing(value) else formats.relative(value, clock.now(), _lang())


def duration(seconds: float | None) -> str:
    """1 jam 20 menit"""
    return EMPTY if _nothing(seconds) else formats.duration(seconds, _lang())


def phone(value: str | None) -> str:
    """+62 812-3456-7890"""
    return formats.phone(value) if value else EMPTY


def as_json(value: Any) -> SafeString:
    """A value as JSON that may stand in a script file (not in a page: use `json_script` there)."""
    return mark_safe(json.dumps(value).replace("<", "\\u003c"))  # noqa: S308 - JSON, with no way to open a tag


def register_all(library: Library) -> None:
    """Put every filter of this module into a template library."""
    for function in (
        number_id,
        money,
        money_short,
        percent,
        local_time,
        local_date,
        clock_time,
        relative_time,
        duration,
        phone,
        as_json,
    ):
        library.filter(function)
