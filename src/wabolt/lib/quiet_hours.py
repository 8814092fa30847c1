"""Quiet hours and days in the time zone of a workspace."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Hours:
    """The quiet hours of a channel in the workspace's zone; equal ends mean none."""

    tz: tzinfo
    quiet_from: time
    quiet_until: time


def quiet_until(hours: Hours, now: datetime) -> datetime | None:
    """Returns the end of the quiet hours that contain `now`, else None. `quiet_from` is part of them, `quiet_until` is
    not."""
    if hours.quiet_from == hours.quiet_until:
        return None
    local = now.astimezone(hours.tz)
    clock = local.time().replace(tzinfo=None)
    if hours.quiet_from < hours.quiet_until:
        quiet, end = hours.quiet_from <= clock < hours.quiet_until, local.date()
    else:
        quiet = clock >= hours.quiet_from or clock < hours.quiet_until
        end = local.date() + timedelta(days=1 if clock >= hours.quiet_from else 0)
    return _moment(end, hours.quiet_until, hours.tz, now) if quiet else None


def quiet_from(hours: Hours, now: datetime) -> datetime | None:
    """The beginning of the next quiet hours after `now`; None if there are none."""
    if hours.quiet_from == hours.quiet_until:
        return None
    day = now.astimezone(hours.tz).date()
    today = _moment(day, hours.quiet_from, hours.tz, now)
    return today if today > now else _moment(day + timedelta(days=1), hours.quiet_from, hours.tz, now)


def next_day(tz: tzinfo, now: datetime) -> datetime:
    """The next midnight of the zone after `now`."""
    return start_of(now.astimezone(tz).date() + timedelta(days=1), tz, now)


def start_of(day: date, tz: tzinfo, like: datetime) -> datetime:
    """The midnight at which `day` begins in the zone, expressed in the zone of `like`."""
    return _moment(day, time(0), tz, like)


def _moment(day: date, at: time, tz: tzinfo, like: datetime) -> datetime:
    return datetime.combine(day, at, tzinfo=tz).astimezone(like.tzinfo)
