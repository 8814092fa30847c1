"""Results of ways in: joins per day, submitted forms that were confirmed, permissions kept, orders and revenue."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import TruncDate

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Merge
from wabolt.lib import clock
from wabolt.lib.sql import statement
from wabolt.optin.models import Entry, EntryPoint, Placement

DAYS = 30
"""Days of the chart and of the confirmed share, and the time after which a kept permission counts."""
_RESULTS = statement(__file__, "results")
_KEPT = statement(__file__, "kept")


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a placement, a member of staff or a way in. `revenue`: in the smallest unit of the shop's
    currency."""

    joined: int = 0
    orders: int = 0
    revenue: int = 0

    def __add__(self, other: "Result") -> "Result":
        return Result(self.joined + other.joined, self.orders + other.orders, self.revenue + other.revenue)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole."""

    part: int
    whole: int


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one way in.

    `days`: people who joined on each of the last DAYS days in the shop's time zone, today last. `confirmed`: of the
    forms submitted in the last DAYS days, those whose message arrived; older forms without a message are deleted.
    `kept`: of the people who agreed to promotions and joined at least DAYS days ago, those who still agreed DAYS days
    after joining. `placements`: all placements with their present code; the results of former codes are
    counted in. `staff`: the members of staff with a code. Both begin with the most joins.
    """

    total: Result
    days: list[tuple[date, int]]
    confirmed: Share
    kept: Share
    placements: list[tuple[Placement, Result]]
    staff: list[tuple[str, Result]]


def point_report(point: EntryPoint) -> Report:
    """The report of a way in, in four statements for any number of people and placements."""
    now = clock.now()
    placements = _placements(point)
    staff: dict[str, Result] = {}
    for placement, result in placements:
        if placement.staff:
            staff[placement.staff] = staff.get(placement.staff, Result()) + result
    forms = Entry.objects.filter(point=point, code__isnull=False, created_at__gte=now - timedelta(days=DAYS)).aggregate(
        part=Count("pk", filter=Q(state=Entry.State.CONFIRMED)), whole=Count("pk")
    )
    return Report(
        total=_sum(result for _placement, result in placements),
        days=_days(point, now),
        confirmed=Share(**forms),
        kept=_kept(point, now),
        placements=sorted(placements, key=lambda item: (-item[1].joined, -item[1].revenue, item[0].pk)),
        staff=sorted(staff.items(), key=lambda item: (-item[1].joined, -item[1].revenue, item[0])),
    )


def _placements(point: EntryPoint) -> list[tuple[Placement, Result]]:
    """The placements of a way in with their results, in the order in which they were made."""
    by_code = {code: result for (_point, code), result in _results(point.workspace, point=point.pk).items()}
    present: dict[tuple[str, str, str], Placement] = {}
    results: dict[tuple[str, str, str], Result] = {}
    for code in point.placements.order_by("pk"):
        key = (code.branch, code.medium, code.staff)
        present[key] = code  # the newest code of a placement is its present one
        results[key] = results.get(key, Result()) + by_code.get(code.pk, Result())
    return [(code, results[key]) for key, code in present.items()]


def month_results(workspace: Workspace) -> dict[int, Result]:
    """By id of the entry point: the people who joined in this month, and this month's orders of all who joined."""
    local = clock.now().astimezone(workspace.tz)
    since = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found: dict[int, Result] = {}
    for (point, _placement), result in _results(workspace, since=since).items():
        found[point] = found.get(point, Result()) + result
    return found


def _results(
    workspace: Workspace, *, point: int | None = None, since: datetime | None = None
) -> dict[tuple[int, int], Result]:
    with connection.cursor() as cursor:
        cursor.execute(_RESULTS, {"workspace": workspace.pk, "point": point, "since": since})
        return {(row[0], row[1]): Result(*row[2:]) for row in cursor.fetchall()}


def _kept(point: EntryPoint, now: datetime) -> Share:
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, {"point": point.pk, "until": now - timedelta(days=DAYS)})
        whole, part = cursor.fetchone()
    return Share(part, whole)


def _days(point: EntryPoint, now: datetime) -> list[tuple[date, int]]:
    today = now.astimezone(point.workspace.tz).date()
    first = today - timedelta(days=DAYS - 1)
    begin = datetime.combine(first, datetime.min.time(), point.workspace.tz)
    absorbed = Merge.objects.filter(absorbed=OuterRef("contact"), undone_at=None)
    joined = Entry.objects.filter(point=point, state=Entry.State.CONFIRMED, confirmed_at__gte=begin)
    rows = joined.filter(~Exists(absorbed))
    days = rows.annotate(day=TruncDate("confirmed_at", tzinfo=point.workspace.tz)).values("day").order_by("day")
    found = dict(days.annotate(joined=Count("pk")).values_list("day", "joined"))
    return [(day, found.get(day, 0)) for day in (first + timedelta(days=number) for number in range(DAYS))]


def _sum(results: Iterable[Result]) -> Result:
    return sum(results, Result())
