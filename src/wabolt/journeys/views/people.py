"""A published journey: its funnel, the people in it, and what members do with them."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import user_of, workspace_of
from wabolt.contacts.queries import called
from wabolt.journeys import services
from wabolt.journeys.forms.people import EnrollForm
from wabolt.journeys.models import Enrollment, Journey, JourneyStep
from wabolt.journeys.queries import counts, pages
from wabolt.journeys.registry import Panel, shown_panels
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.structure import find
from wabolt.journeys.views.common import cards_of, journey_of, may_edit, published_of
from wabolt.journeys.wording import OUTCOME_NAMES, arm_words, end_words, step_name, trigger_sentence
from wabolt.lib.errors import DomainError
from wabolt.lib.formats import number
from wabolt.lib.keyset import cursor_of
from wabolt.lib.sql import TooSlowError, time_limit
from wabolt.lib.web import WHOLE, patience_of, render_page, requires, whole_number
from wabolt.segments.queries import BrokenSegment, SegmentError

SHOWN_PARKED = 5
MANY = 100_000
"""Entries from which counting clicks and answers takes too long for the page: it is not tried."""
STATES = [state.value for state in Enrollment.State]
TONES = {"active": "info", "finished": "good", "exited": "neutral", "parked": "bad", "held_out": "neutral"}


@requires("viewer")
@require_GET
def detail(request: HttpRequest, journey_id: int) -> HttpResponse:
    """The journey with its numbers on each card."""
    journey = journey_of(request, journey_id)
    definition = published_of(journey)
    if definition is None:
        return redirect("journeys:edit", journey.pk)
    workspace = workspace_of(request)
    parked = pages.people(workspace, journey, state="parked", limit=SHOWN_PARKED).rows
    names = called(workspace, [one.contact for one in parked])
    context = {
        "journey": journey,
        "trigger": trigger_sentence(workspace, definition.trigger),
        "parked": [(one, names[one.contact_id], end_words(one.reason)) for one in parked],
        "by_hand": definition.trigger.kind == "by_hand",
        "is_changed": journey.version is not None and journey.version.definition != journey.draft,
        "may_edit": may_edit(request),
        **_figures(request, journey, definition),
    }
    return render_page(request, "journeys/detail.html", context, fragments=("figures",))


def _figures(request: HttpRequest, journey: Journey, definition: d.Definition) -> dict[str, Any]:
    """The numbers of the page. In a journey with very many people, those that are no kept sums are fetched after it."""
    workspace, numbers, patience = workspace_of(request), counts(journey), patience_of(request)
    is_quick = patience >= WHOLE or numbers.entered <= MANY
    counted = _counted(request, journey, patience) if is_quick else None
    if counted is not None:
        figures, reached, panels = counted
        more = {
            "reached": reached if reached or definition.goal else None,
            "left_early": numbers.exited - reached,
            "panels": panels,
        }
    else:
        figures = pages.step_figures(workspace, journey, whole=False)
        more = {"left": numbers.exited, "is_too_slow": True, "comes_later": patience < WHOLE}
    present = {step_id for step_id in figures if find(definition, step_id)}
    return {
        "counts": numbers,
        "cards": cards_of(workspace, definition, [], figures),
        "gone": [one for step_id, one in figures.items() if step_id not in present and one.entered],
        **more,
    }


def _counted(
    request: HttpRequest, journey: Journey, patience: float
) -> tuple[dict[str, pages.StepFigures], int, list[tuple[Panel, dict[str, Any]]]] | None:
    """The figures of the steps, the people who reached the goal, and the panels; None if a count takes too long."""
    workspace = workspace_of(request)
    try:
        with time_limit(patience):
            figures = pages.step_figures(workspace, journey)
            return figures, pages.reached_goal(workspace, journey), shown_panels(request, journey)
    except TooSlowError:
        return None


@requires("manager")
@require_POST
def act(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Pauses, resumes, archives, lets stuck people try again, or takes one person out."""
    journey = journey_of(request, journey_id)
    action, by = request.POST.get("action", ""), user_of(request)
    ids = [pk for text in request.POST.getlist("enrollment") if (pk := whole_number(text)) is not None]
    try:
        match action:
            case "pause":
                services.pause(journey=journey, by=by)
                messages.success(request, _("Paused. Everyone stays where they are."))
            case "resume":
                services.resume(journey=journey, by=by)
                messages.success(request, _("The journey goes on."))
            case "finish" | "end":
                services.archive(journey=journey, let_finish=action == "finish", by=by)
                messages.success(request, _("Archived. No customer enters any more."))
            case "retry":
                count = services.retry_parked(journey=journey, enrollment_ids=ids or None, by=by)
                messages.success(
                    request,
                    ngettext("%(n)s customer tries again.", "%(n)s customers try again.", count) % {"n": number(count)},
                )
            case "exit":
                services.exit_people(journey=journey, enrollment_ids=ids, by=by)
                messages.success(request, _("Taken out of the journey."))
            case _:
                messages.error(request, _("Choose what to do."))
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("journeys:detail", journey.pk)


@requires("manager")
@require_GET
def archive(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Asks what happens to the people inside before the journey is archived."""
    journey = journey_of(request, journey_id)
    inside = counts(journey)
    return render_page(request, "journeys/archive.html", {"journey": journey, "inside": inside.active + inside.parked})


@requires("viewer")
@require_GET
def people(request: HttpRequest, journey_id: int) -> HttpResponse:
    """The people of a journey: all of them, of one state, or at one step."""
    journey, workspace = journey_of(request, journey_id), workspace_of(request)
    state, step_id = request.GET.get("state", ""), whole_number(request.GET.get("step", ""))
    state = state if state in STATES else ""
    behind = cursor_of(request.GET.get("behind", ""))
    page = pages.people(workspace, journey, state=state, step_id=step_id, behind=behind)
    definition = published_of(journey) or d.Definition()
    name_of = _namer(workspace, definition)
    names = called(workspace, [one.contact for one in page.rows])
    rows = [(one, names[one.contact_id], _where(name_of, one), TONES[one.state]) for one in page.rows]
    filters = {"state": state, "step": str(step_id) if step_id else ""}
    by_state = counts(journey)
    chips = [(value, label, getattr(by_state, value)) for value, label in Enrollment.State.choices]
    step = pages.step_of(workspace, step_id, journey=journey) if step_id else None
    context = {
        "journey": journey, "rows": rows, "state": state,
        "newest_url": _people_url(journey, filters) if behind else "",
        "older_url": _people_url(journey, {**filters, "behind": str(page.older)}) if page.older else "",
        "chips": chips, "entered": by_state.entered,
        "step": step, "step_name": name_of(step) if step else "",
    }  # fmt: skip
    return render_page(request, "journeys/people.html", context)


def _people_url(journey: Journey, given: Mapping[str, str]) -> str:
    query = urlencode({key: value for key, value in given.items() if value})
    return f"{reverse('journeys:people', args=[journey.pk])}{'?' if query else ''}{query}"


@requires("viewer")
@require_GET
def person(request: HttpRequest, journey_id: int, enrollment_id: int) -> HttpResponse:
    """Shows the path of one person: each step with its time and its reason."""
    journey, workspace = journey_of(request, journey_id), workspace_of(request)
    try:
        enrollment = pages.enrollment(workspace, journey, enrollment_id)
    except Enrollment.DoesNotExist:
        raise Http404 from None
    definition = published_of(journey) or d.Definition()
    name_of = _namer(workspace, definition)
    context = {
        "journey": journey,
        "one": enrollment,
        "name": called(workspace, [enrollment.contact])[enrollment.contact_id],
        "where": _where(name_of, enrollment),
        "path": [{"name": name_of(run.step), **_run(workspace, definition, run)} for run in pages.path_of(enrollment)],
        "is_inside": enrollment.state in ("active", "parked"),
        "ended": end_words(enrollment.reason or enrollment.state),
        "may_edit": may_edit(request),
    }
    return render_page(request, "journeys/person.html", context)


@requires("manager")
@require_http_methods(["GET", "POST"])
def enroll(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Lets the customers of a segment in."""
    journey, workspace = journey_of(request, journey_id), workspace_of(request)
    form = EnrollForm(workspace, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            count = services.enroll_segment(journey=journey, text=form.text(), by=user_of(request))
        except (DomainError, SegmentError, BrokenSegment) as error:
            form.add_error("segment", str(error))
        else:
            words = ngettext("%(n)s customer entered.", "%(n)s customers entered.", count)
            messages.success(request, words % {"n": number(count)})
            return redirect("journeys:detail", journey.pk)
    context = {"journey": journey, "form": form}
    return render_page(request, "journeys/enroll.html", context, status=422 if form.errors else 200)


@requires("viewer")
@require_GET
def of_step(request: HttpRequest, step_pk: int) -> HttpResponse:
    """Leads from a message to the journey that sent it."""
    found = pages.step_of(workspace_of(request), step_pk)
    if found is None:
        raise Http404
    return redirect("journeys:detail", found.journey_id)


def _namer(workspace: Workspace, definition: d.Definition) -> Callable[[JourneyStep], str]:
    """A function that names a step, also a deleted one. It makes each name once: the words of a condition take a
    query."""

    @cache
    def words(key: str) -> str:
        found = find(definition, key)
        return step_name(workspace, found) if found else ""

    return lambda step: words(step.key) or step.title or _("a step that is gone")


def _where(name_of: Callable[[JourneyStep], str], enrollment: Enrollment) -> str:
    """The step at which a person is, or how it ended."""
    if enrollment.state == Enrollment.State.ACTIVE and enrollment.step is not None:
        return name_of(enrollment.step)
    return end_words(enrollment.reason or enrollment.state)


def _run(workspace: Workspace, definition: d.Definition, run: Any) -> dict[str, Any]:
    step = find(definition, run.step.key)
    why = ""
    if "reason" in run.detail:
        why = end_words(str(run.detail["reason"]))
    elif "arm" in run.detail and isinstance(step, d.Branch | d.Split):
        words = arm_words(workspace, definition, step)
        why = words[run.detail["arm"]] if run.detail["arm"] < len(words) else ""
    return {"at": run.at, "outcome": OUTCOME_NAMES.get(run.outcome, run.outcome), "why": why}
