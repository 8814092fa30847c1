"""Decisions about events: phases, seats, offers of free seats, reminders, and short replies. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import Enum

from wabolt.lib.chat_words import COURTESY
from wabolt.lib.quiet_hours import Hours, quiet_until
from wabolt.lib.text import normalise_keyword
from wabolt.optin.rules.replies import words_around

OFFER_FOR = timedelta(hours=24)
"""Longest time in which an offered seat waits for its answer."""
SHORTEST_OFFER = timedelta(minutes=30)
EVENING = timedelta(minutes=30)
"""A reminder that would be sent at night is sent this long before the quiet hours begin."""
SHORTEST_NOTICE = timedelta(minutes=30)
"""Shortest time between a reminder and the beginning of the event."""


class Phase(Enum):
    """Whether people can register for an event now, and why not."""

    CANCELLED = "cancelled"
    OVER = "over"
    CLOSED = "closed"
    EARLY = "early"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Times:
    """The times of an event and of its registration. `closes_at`: None is the start of the event."""

    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def phase_of(times: Times, at: datetime, *, closed: bool, cancelled: bool) -> Phase:
    """The phase of an event at this time. `closed`: a member closed the registration."""
    if cancelled:
        return Phase.CANCELLED
    if at >= times.ends_at:
        return Phase.OVER
    if closed or at >= (times.closes_at or times.starts_at):
        return Phase.CLOSED
    return Phase.EARLY if times.opens_at and at < times.opens_at else Phase.OPEN


def accepts(phase: Phase, times: Times, at: datetime, *, has_form: bool) -> bool:
    """Whether a message with a code registers. A form that was submitted in time registers until the event begins."""
    return phase is Phase.OPEN or (phase is Phase.CLOSED and has_form and at < times.starts_at)


def has_seat(capacity: int | None, taken: int, waiting: int) -> bool:
    """Whether a new registration gets a seat: there is a free one, and no earlier person waits for it. `taken`: seats
    of registered people and seats that are on offer."""
    return capacity is None or (taken < capacity and waiting == 0)


def free_seats(capacity: int | None, taken: int) -> int | None:
    """Seats that are neither taken nor on offer; None without a limit. Never negative."""
    return None if capacity is None else max(0, capacity - taken)


@dataclass(frozen=True, slots=True)
class OfferTimes:
    """The time at which the offer of a seat is sent, and its end."""

    sent_at: datetime
    until: datetime


def offer_times(now: datetime, starts_at: datetime, hours: Hours) -> OfferTimes | None:
    """The times of an offer that is made now; None if there is too little time before the event.

    It waits for a quarter of the time that is left, 30 minutes to 24 hours, and neither begins nor ends in the quiet
    hours.
    """
    sent_at = quiet_until(hours, now) or now
    if starts_at - sent_at < SHORTEST_OFFER:
        return None
    until = sent_at + min(OFFER_FOR, max(SHORTEST_OFFER, (starts_at - sent_at) / 4))
    morning = quiet_until(hours, until)
    if morning is not None:
        until = morning + SHORTEST_OFFER
    return OfferTimes(sent_at, min(until, starts_at))


def reminder_times(starts_at: datetime, hours: Hours) -> dict[str, datetime]:
    """{"day_before": time, "hour_before": time} of an event in the zone of `hours`.

    The first is at the same time of the day before, or later that day when the quiet hours end. The second is an hour
    before, or when the quiet hours end if that leaves 30 minutes, else on the evening before.
    """
    here = starts_at.astimezone(hours.tz)
    day_before = datetime.combine(here.date() - timedelta(days=1), here.time(), hours.tz).astimezone(starts_at.tzinfo)
    hour_before = starts_at - timedelta(hours=1)
    morning = quiet_until(hours, hour_before)
    if morning is not None:
        is_enough = starts_at - morning >= SHORTEST_NOTICE
        hour_before = morning if is_enough else _quiet_since(hours, hour_before) - EVENING
    return {"day_before": quiet_until(hours, day_before) or day_before, "hour_before": hour_before}


def _quiet_since(hours: Hours, moment: datetime) -> datetime:
    """The beginning of the quiet hours that contain `moment`."""
    here = moment.astimezone(hours.tz)
    day = here.date()
    if here.time().replace(tzinfo=None) < hours.quiet_from:
        day -= timedelta(days=1)
    return datetime.combine(day, hours.quiet_from, hours.tz).astimezone(moment.tzinfo)


def is_too_late(due_at: datetime, others: Iterable[datetime], starts_at: datetime, now: datetime) -> bool:
    """Whether a reminder is left out: the event has begun, or a later reminder is due as well."""
    return now >= starts_at or any(due_at < other <= now for other in others)


def day_distance(starts_at: datetime, at: datetime, tz: tzinfo) -> int:
    """Days of the calendar in the zone from `at` to the event: 0 today, 1 tomorrow."""
    return (starts_at.astimezone(tz).date() - at.astimezone(tz).date()).days


_CANCEL = frozenset(
    {"batal", "batalkan", "batalin", "dibatalkan", "cancel"}
    | {f"batal {words}" for words in ("ikut", "daftar", "datang", "hadir")}
    | {f"{no} {words}" for no in ("tidak", "tdk", "gak", "ga", "gk", "nggak", "ngga", "enggak")
       for words in ("jadi", "jadi ikut", "jadi datang", "bisa datang", "bisa ikut", "bisa hadir", "jadi hadir")}
)  # fmt: skip


def means_cancel(text: str, codes: Iterable[str] = ()) -> bool:
    """Whether the whole message, apart from `codes` and polite words, cancels a registration: "BATAL", "maaf kak, gak
    jadi datang". A question is none."""
    if "?" in text:
        return False
    words = [word for word in normalise_keyword(words_around(text, codes)).split() if word not in COURTESY]
    return " ".join(words) in _CANCEL
