"""Decisions about backups: when one is due, which copies are kept, and the names of the files.

A clock may be wrong, or be corrected by years between two backups. Therefore a moment in the future never counts as the
last backup, and a file with a date in the future is never deleted.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import PurePath

DAYS, WEEKS, MONTHS = 7, 4, 12
"""The number of days, weeks and months of which the newest backup is kept."""
MOST_KEPT = DAYS + WEEKS + MONTHS
OLD_AFTER = timedelta(hours=50)
"""Age of the newest good backup after which an alert opens: two nights were missed."""
PAUSES = (timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=4))
"""Backoff after the first, second ... failure of one night. The last value repeats."""
TOLERANCE = timedelta(minutes=5)
"""Tolerated difference between the clocks of two machines."""

SYSTEM_FOLDERS = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/snap", "/sys", "/usr",
    "/var/cache", "/var/lib", "/var/log", "/var/mail", "/var/run", "/var/spool", "/var/www",
    "/Applications", "/Library", "/System", "/private/etc", "/private/var/db",
)  # fmt: skip
"""Folders of Linux and macOS that belong to the system, with everything in them."""
REMOVABLE = "/run/media"
"""The folder in /run where Linux mounts USB disks."""

_NAME = re.compile(r"wabolt-(?P<mark>[0-9a-f]{6})-(?P<at>\d{8}T\d{6})Z\.wabolt")
_ERASURES = re.compile(r"wabolt-[0-9a-f]{6}\.erasures")


@dataclass(frozen=True, slots=True)
class History:
    """The facts that decide when the next backup is due.

    `since`: setup of the installation. `complete`: times of the backups that every place has. `failed`: ends of the
    failed attempts. `requested`: time of a member's request.
    """

    since: datetime
    complete: Sequence[datetime] = ()
    failed: Sequence[datetime] = ()
    requested: datetime | None = None


def slot(now: datetime, at: time, zone: tzinfo) -> datetime:
    """Returns the latest moment, not later than `now`, at which the local time was `at`."""
    local = now.astimezone(zone)
    today = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    # Compared in UTC: on the day that summer time begins, the moment may not exist in local time.
    return today if today.astimezone(UTC) <= now else today - timedelta(days=1)


def is_due(history: History, now: datetime, at: time, zone: tzinfo) -> bool:
    """Whether a backup has to be made now.

    The daily backup is due until one is complete since the last slot, so a machine that slept makes it up later. After
    a failure it is due again when the backoff has passed.
    """
    if history.requested is not None and not _done_since(history.requested, (*history.complete, *history.failed), now):
        return True
    begin = slot(now, at, zone)
    if begin <= history.since <= now or _done_since(begin, history.complete, now):
        return False
    failures = [moment for moment in history.failed if begin <= moment <= now]
    if not failures:
        return True
    pause = PAUSES[min(len(failures), len(PAUSES)) - 1]
    return now >= max(failures) + pause


def _done_since(begin: datetime, moments: Iterable[datetime], now: datetime) -> bool:
    """Whether one of `moments` is between `begin` and `now`. A later moment comes from a wrong clock and does not
    count."""
    return any(begin <= moment <= now + TOLERANCE for moment in moments)


def is_old(newest: datetime | None, since: datetime, now: datetime) -> bool:
    """Whether too much time has passed without a good backup. `since`: when the installation was set up."""
    last = since if newest is None or newest > now + TOLERANCE else max(newest, since)
    return now - last > OLD_AFTER


def kept(moments: Iterable[datetime], now: datetime, zone: tzinfo) -> set[datetime]:
    """Returns the backups to keep: the newest of each of the last 7 days, 4 weeks and 12 months that have one.

    Periods without a backup do not count, so a shop that was closed for a year still has 23 backups. Backups that are
    dated later than `now` are kept and do not count.
    """
    ordered = sorted(set(moments), reverse=True)
    future = {moment for moment in ordered if moment > now}
    past = [moment for moment in ordered if moment <= now]
    local = {moment: moment.astimezone(zone) for moment in past}
    keep: set[datetime] = set()
    for count, period in ((DAYS, _day), (WEEKS, _week), (MONTHS, _month)):
        newest: dict[tuple[int, ...], datetime] = {}
        for moment in past:
            newest.setdefault(period(local[moment]), moment)
        keep.update(list(newest.values())[:count])
    return keep | future


def _day(moment: datetime) -> tuple[int, ...]:
    return (moment.year, moment.month, moment.day)


def _week(moment: datetime) -> tuple[int, ...]:
    return tuple(moment.isocalendar()[:2])


def _month(moment: datetime) -> tuple[int, ...]:
    return (moment.year, moment.month)


def file_name(mark: str, at: datetime) -> str:
    """Returns the name of a backup file. `mark`: six hexadecimal digits that distinguish installations in one place."""
    return f"wabolt-{mark}-{at.astimezone(UTC):%Y%m%dT%H%M%S}Z.wabolt"


def erasure_list_name(mark: str) -> str:
    """Returns the name of this installation's list of erased people, which is next to its backups."""
    return f"wabolt-{mark}.erasures"


def is_erasure_list(name: str) -> bool:
    """Whether a file of this name is a list of erased people, of any installation."""
    return _ERASURES.fullmatch(name) is not None


def moment_of(name: str, mark: str = "") -> datetime | None:
    """Returns the moment in the name of a backup file; None for other files, and for files of another installation if
    `mark` is given."""
    found = _NAME.fullmatch(name)
    if found is None or (mark and found["mark"] != mark):
        return None
    try:
        return datetime.strptime(found["at"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def belongs_to_system(path: PurePath, *, is_mount: bool) -> bool:
    """Whether backups must not be stored in `path`: a folder of the system, the root folder, or a folder directly in
    it.

    `path`: absolute, without symbolic links. `is_mount`: another disk is mounted at `path`; then it may be directly in
    the root folder.
    """
    if path.is_relative_to(REMOVABLE) and path != PurePath(REMOVABLE):
        return False
    if any(path.is_relative_to(folder) for folder in SYSTEM_FOLDERS):
        return True
    return len(path.parts) == 1 or (len(path.parts) == 2 and not is_mount)
