"""A published journey: its funnel, the people in it, and what members do with them."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.journeys import services
from wabolt.journeys.forms.people import EnrollForm
from wabolt.journeys.models import Enrollment, JourneyStep
from wabolt.journeys.queries import counts, pages
from wabolt.journeys.registry import shown_panels
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.structure import find
from wabolt.journeys.views.common import cards_of, journey_of, may_edit, published_of
from wabolt.journeys.wording import OUTCOME_NAMES, arm_words, end_words, step_name, trigger_sentence
from wabolt.lib.errors import DomainError
from wabolt.lib.formats import number
from wabolt.lib.web import render_page, requires, whole_number
from wabolt.segments.queries import BrokenSegment, SegmentError

PER_PAGE = 50
SHOWN_PARKED = 5
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
    figures = pages.step_figures(workspace, journey)
    kept = {step_id for step_id in figures if find(definition, step_id)}
    parked = pages.people(workspace, journey, state="parked")[:SHOWN_PARKED]
    context = {
        "journey": journey,
        "trigger": trigger_sentence(workspace, definition.trigger),
        "counts": counts(journey),
        "cards": cards_of(workspace, definition, [], figures),
        "gone": [one for step_id, one in figures.items() if step_id not in kept and one.entered],
        "parked": [(one, end_words(one.reason)) for one in parked],
        "panels": shown_panels(request, journey),
        "by_hand": definition.trigger.kind == "by_hand",
        "is_changed": journey.version is not None and journey.version.definition != journey.draft,
        "may_edit": may_edit(request),
    }
    return render_page(request, "journeys/detail.html", context)


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
    found = pages.people(workspace, journey, state=state, step_id=step_id)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    definition = published_of(journey) or d.Definition()
    rows = [(one, _where(definition, one), TONES[one.state]) for one in page]
    by_state = counts(journey)
    chips = [(value, label, getattr(by_state, value)) for value, label in Enrollment.State.choices]
    step = journey.steps.filter(pk=step_id).first() if step_id else None
    context = {
        "journey": journey, "rows": rows, "page": page, "state": state, "chips": chips, "entered": by_state.entered,
        "step": step, "step_name": step_name(find(definition, step.key)) if step else "",
    }  # fmt: skip
    return render_page(request, "journeys/people.html", context)


@requires("viewer")
@require_GET
def person(request: HttpRequest, journey_id: int, enrollment_id: int) -> HttpResponse:
    """The way of one person: each step with its time and its reason."""
    journey, workspace = journey_of(request, journey_id), workspace_of(request)
    try:
        one = pages.enrollment(workspace, journey, enrollment_id)
    except Enrollment.DoesNotExist:
        raise Http404 from None
    definition = published_of(journey) or d.Definition()
    context = {
        "journey": journey,
        "one": one,
        "where": _where(definition, one),
        "path": [_run(definition, run) for run in pages.path_of(one)],
        "is_inside": one.state in ("active", "parked"),
        "ended": end_words(one.reason or one.state),
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
            count = services.enroll_segment(journey=journey, text=form.text())
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
    found = JourneyStep.objects.filter(journey__workspace=workspace_of(request), pk=step_pk).first()
    if found is None:
        raise Http404
    return redirect("journeys:detail", found.journey_id)


def _where(definition: d.Definition, one: Enrollment) -> str:
    """The step at which a person is, or how it ended."""
    if one.state == Enrollment.State.ACTIVE and one.step is not None:
        found = find(definition, one.step.key)
        return step_name(found) if found else one.step.title or _("a step that is gone")
    return end_words(one.reason or one.state)


def _run(definition: d.Definition, run: Any) -> dict[str, Any]:
    step = find(definition, run.step.key)
    why = ""
    if "reason" in run.detail:
        why = end_words(str(run.detail["reason"]))
    elif "arm" in run.detail and isinstance(step, d.Branch | d.Split):
        words = arm_words(definition, step)
        why = words[run.detail["arm"]] if run.detail["arm"] < len(words) else ""
    name = step_name(step) if step else run.step.title or _("a step that is gone")
    return {"name": name, "at": run.at, "outcome": OUTCOME_NAMES.get(run.outcome, run.outcome), "why": why}
