"""Reads of retention: the chosen times, the dry run, and the next night."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from wabolt.accounts.models import Workspace
from wabolt.lib import clock
from wabolt.lib.retention import RetentionClass, retention_classes
from wabolt.privacy.models import RetentionRule

NIGHT = time(2)
"""The pass begins after this time of the shop's day."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """The rows that a pass would remove now. `months`: None for a class that is kept."""

    data: RetentionClass
    months: int | None
    count: int = 0


def dry_run(workspace: Workspace, months: Mapping[str, int | None]) -> list[DryRun]:
    """Counts what would be removed with these times {key: months}. Changes nothing."""
    now = clock.now()
    found = []
    for data in retention_classes():
        chosen = months.get(data.key)
        count = data.count(workspace.pk, cut(now, chosen)) if chosen else 0
        found.append(DryRun(data, chosen, count))
    return found


def next_run(workspace: Workspace, now: datetime) -> datetime:
    """The beginning of the next pass: the next night in the time zone of the shop."""
    local = now.astimezone(workspace.tz)
    tonight = datetime.combine(local.date(), NIGHT, workspace.tz)
    return tonight if local < tonight else tonight + timedelta(days=1)


def cut(now: datetime, months: int) -> datetime:
    """The moment `months` before `now`; older rows are removed. A month is a twelfth of 365 days."""
    return now - timedelta(days=months * 365 // 12)


def chosen_times(workspace: Workspace) -> dict[str, int]:
    """{key of a class of data: months} for the classes that the shop removes."""
    return dict(RetentionRule.objects.filter(workspace=workspace).values_list("key", "months"))


def kept_classes(workspace: Workspace) -> Sequence[tuple[RetentionClass, int | None]]:
    """(class of data, months or None for kept), for the privacy page."""
    times = chosen_times(workspace)
    return [(data, times.get(data.key)) for data in retention_classes()]
