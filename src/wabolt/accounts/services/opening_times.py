"""The opening hours of a shop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import OpeningTimes, User, Workspace
from wabolt.accounts.services.audit import record_audit
from wabolt.lib.errors import DomainError
from wabolt.lib.opening_hours import Interval, Week

LONGEST_SHIFT = 2
"""Days by which the fasting month may be shifted: the sighting of the moon decides within one or two days."""


@dataclass(frozen=True, slots=True)
class OpeningTimesDraft:
    """The opening hours as `lib.opening_hours.OpeningHours` holds them, without the time zone."""

    week: Week
    fasting: Week | None = None
    fasting_shift: int = 0
    holidays_closed: bool = False
    special: Mapping[date, Sequence[Interval]] | None = None


@transaction.atomic
def save_opening_times(*, workspace: Workspace, draft: OpeningTimesDraft, by: User | None = None) -> OpeningTimes:
    """Stores the opening hours. Raises DomainError `never_open`, `bad_shift`."""
    if not any(draft.week.values()):
        raise DomainError(_("Give at least one day its hours."), code="never_open", field="day_0")
    if abs(draft.fasting_shift) > LONGEST_SHIFT:
        raise DomainError(_("At most two days."), code="bad_shift", field="fasting_shift")
    stored = OpeningTimes.objects.select_for_update().filter(workspace=workspace).first()
    stored = stored or OpeningTimes(workspace=workspace)
    stored.week = _stored_week(draft.week)
    stored.fasting = None if draft.fasting is None else _stored_week(draft.fasting)
    stored.fasting_shift = draft.fasting_shift
    stored.holidays_closed = draft.holidays_closed
    stored.special = {day.isoformat(): _stored(hours) for day, hours in sorted((draft.special or {}).items())}
    stored.save()
    record_audit(workspace=workspace, actor=by, action="workspace.change_opening_times")
    return stored


def _stored_week(week: Week) -> dict[str, Any]:
    return {str(day): _stored(hours) for day, hours in sorted(week.items()) if hours}


def _stored(intervals: Sequence[Interval]) -> list[list[str]]:
    return [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in intervals]
