"""Reads for the pages of journeys: lists, counts, the funnel per step, and the path of one person."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Case, QuerySet, When
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from wabolt.accounts.models import Workspace
from wabolt.contacts.queries import kept_sums
from wabolt.journeys.models import Enrollment, Journey, JourneyStep, StepRun
from wabolt.journeys.registry import revenue_of
from wabolt.lib.keyset import Cursor
from wabolt.lib.sql import statement
from wabolt.messaging.queries import WENT_OUT

PER_PAGE = 50
_ANSWERS = statement(__file__, "answers")
_REASONS = statement(__file__, "reasons")


def list_journeys(workspace: Workspace) -> QuerySet[Journey]:
    """All journeys: working ones first, then drafts, archived ones last; the newest first within them."""
    state = Case(When(state="draft", then=1), When(state="archived", then=2), default=0)
    return Journey.objects.filter(workspace=workspace).select_related("version").order_by(state, "-pk")


def access_journey(workspace: Workspace, journey_id: int) -> Journey:
    """The journey with this id. Raises Journey.DoesNotExist."""
    return Journey.objects.select_related("version").get(workspace=workspace, pk=journey_id)


def step_of(workspace: Workspace, step_id: int, *, journey: Journey | None = None) -> JourneyStep | None:
    """The step with this id, deleted ones included; with `journey` only if it belongs to that journey."""
    found = JourneyStep.objects.filter(journey__workspace=workspace, pk=step_id)
    return (found if journey is None else found.filter(journey=journey)).first()


@dataclass(frozen=True, slots=True)
class StepFigures:
    """The figures of one step. `entered`: people who have come to it. `waiting` and `parked`: people who are at it.
    `sent` counts messages that went out; `read` is a lower bound. `not_sent`: {reason: count}. `revenue`: of `orders`,
    in the smallest unit of the workspace's currency."""

    step: JourneyStep
    entered: int = 0
    waiting: int = 0
    parked: int = 0
    sent: int = 0
    read: int = 0
    clicked: int = 0
    replied: int = 0
    orders: int = 0
    revenue: int = 0
    not_sent: dict[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        return sum(self.not_sent.values())


def step_figures(workspace: Workspace, journey: Journey, *, whole: bool = True) -> dict[str, StepFigures]:
    """Returns the figures of all steps that were ever published, by step id. `whole` False: only kept sums, without
    clicks, replies, orders and reasons."""
    steps = list(JourneyStep.objects.filter(journey=journey).order_by("pk"))
    ids = [step.pk for step in steps]
    waiting = kept_sums(workspace.pk, ["journey_waiting"], ids)
    runs = kept_sums(workspace.pk, ["journey_runs"], ids)
    messages = kept_sums(workspace.pk, ["journey_messages"], ids)
    earned = revenue_of(workspace, ids) if whole else {}
    answers = _answers(workspace, ids) if whole else {}
    reasons = _reasons(workspace, ids) if whole else {}
    figures = {}
    for step in steps:
        here, sent = waiting[step.pk], messages[step.pk]
        clicked, replied = answers.get(step.pk, (0, 0))
        orders, revenue = earned.get(step.pk, (0, 0))
        figures[step.key] = StepFigures(
            step, sum(runs[step.pk].values()) + sum(here.values()), here.get("active", 0), here.get("parked", 0),
            sum(sent.get(state, 0) for state in WENT_OUT), sent.get("read", 0), clicked, replied,
            orders, revenue,
            reasons.get(step.pk, {}),
        )  # fmt: skip
    return figures


def _answers(workspace: Workspace, step_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """{step: (people who clicked, people who replied)}."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERS, {"workspace": workspace.pk, "steps": list(step_ids)})
        return {step: (clicked, replied) for step, clicked, replied in cursor.fetchall()}


def _reasons(workspace: Workspace, step_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """{step: {reason: messages that were not sent for it}}."""
    found: dict[int, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_REASONS, {"workspace": workspace.pk, "steps": list(step_ids)})
        for step, reason, count in cursor.fetchall():
            found.setdefault(step, {})[reason] = count
    return found


def reached_goal(workspace: Workspace, journey: Journey) -> int:
    """The number of people who left the journey because they reached its goal."""
    return Enrollment.objects.filter(workspace=workspace, journey=journey, state="exited", reason="goal").count()


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of enrollments, newest first. `older`: the position of the next page, None at the end."""

    rows: list[Enrollment]
    older: Cursor | None


def people(
    workspace: Workspace, journey: Journey, *, state: str = "", step_id: int | None = None,
    behind: Cursor | None = None, limit: int = PER_PAGE,
) -> PeoplePage:  # fmt: skip
    """A page of the enrollments of a journey. `state`: only these; `step_id`: only those who are at this step;
    `behind`: the position after which the page begins."""
    found = Enrollment.objects.filter(workspace=workspace, journey=journey)
    if step_id is not None:
        found = found.filter(step=step_id)
    if behind is not None:
        found = found.filter(TupleLessThan(Tuple("entered_at", "id"), (behind.at, behind.pk)))
    states = [state] if state else ["active", "parked"] if step_id is not None else list(Enrollment.State.values)
    # The index of the newest people is by state. Each state is read along it only as far as the page needs.
    parts = [found.filter(state=one).order_by("-entered_at", "-pk").values("pk", "entered_at")[: limit + 1]
             for one in states]  # fmt: skip
    first, *more = parts
    merged = first.union(*more, all=True).order_by("-entered_at", "-pk") if more else first
    ids = [row["pk"] for row in merged[: limit + 1]]
    rows = Enrollment.objects.filter(pk__in=ids[:limit]).select_related("contact", "step")
    shown = list(rows.order_by("-entered_at", "-pk"))
    return PeoplePage(shown, Cursor(shown[-1].entered_at, shown[-1].pk) if len(ids) > limit else None)


def enrollment(workspace: Workspace, journey: Journey, enrollment_id: int) -> Enrollment:
    """One enrollment of a journey. Raises Enrollment.DoesNotExist."""
    found = Enrollment.objects.select_related("contact", "step")
    return found.get(workspace=workspace, journey=journey, pk=enrollment_id)


def path_of(enrollment: Enrollment) -> list[StepRun]:
    """The steps that one person went through, oldest first."""
    return list(StepRun.objects.filter(enrollment=enrollment).select_related("step").order_by("at", "pk"))


def open_enrollments(workspace: Workspace, contact_id: int) -> QuerySet[Enrollment]:
    """The journeys in which a contact is now."""
    found = Enrollment.objects.filter(workspace=workspace, contact=contact_id, state__in=("active", "parked"))
    return found.select_related("journey", "step").order_by("pk")
