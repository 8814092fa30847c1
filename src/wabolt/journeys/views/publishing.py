"""Checking a draft with a test run, and publishing it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import user_of, workspace_of
from wabolt.channels.queries import channels, quiet_hours
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import called
from wabolt.journeys import queries, services
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.test_runs import REACTIONS, TestRun, run_test
from wabolt.journeys.registry import check_notes
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.checks import Problem
from wabolt.journeys.rules.structure import find, steps_in_order
from wabolt.journeys.views.common import draft_of, journey_of, may_edit
from wabolt.journeys.wording import OUTCOME_NAMES, end_words, problem_text, sentence, step_name
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.quiet_hours import Hours
from wabolt.lib.web import render_page, requires, whole_number
from wabolt.segments.queries import EVERYONE, sample_contacts

PEOPLE = 20
"""Customers to choose from for a test run."""
REACTION_WORDS = {
    "nothing": gettext_lazy("does not react"),
    "read": gettext_lazy("reads the messages"),
    "clicked": gettext_lazy("opens a link"),
    "replied": gettext_lazy("answers"),
    "order": gettext_lazy("places an order"),
}


@requires("viewer")
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, journey_id: int) -> HttpResponseBase:
    """Shows missing parts, a test run, and questions about people inside. A POST publishes what was shown."""
    journey = journey_of(request, journey_id)
    if request.method == "POST":
        return _publish(request, journey)
    workspace, draft = workspace_of(request), draft_of(journey)
    found = queries.all_problems(journey, draft)
    errors = [_line(workspace, draft, problem) for problem in found if problem.is_error]
    people = sample_contacts(workspace, EVERYONE, PEOPLE)
    names, person = called(workspace, people), _person(request, people)
    reaction = request.GET.get("does", "")
    reaction = reaction if reaction in REACTIONS else "nothing"
    context: dict[str, Any] = {
        "journey": journey,
        "errors": errors,
        "warnings": [_line(workspace, draft, problem) for problem in found if not problem.is_error],
        "people": [(contact, names[contact.pk]) for contact in people],
        "person": person,
        "reaction": reaction,
        "reactions": REACTION_WORDS.items(),
        "impact": [_question(workspace, draft, one) for one in queries.impact(journey)],
        "places": [(step.id, sentence(workspace, draft, step)) for step in steps_in_order(draft)],
        "notes": () if errors else check_notes(journey, draft),
        "may_edit": may_edit(request) and journey.state != Journey.State.ARCHIVED,
    }
    if not errors:
        run = run_test(workspace, draft, person, reaction, clock.now(), _hours(journey))
        context |= {"run": run, "rows": _rows(request, draft, run), "ended": end_words(run.ended)}
    return render_page(request, "journeys/check.html", context)


@requires("manager")
def _publish(request: HttpRequest, journey: Journey) -> HttpResponse:
    version = whole_number(request.POST.get("draft_version", ""))
    decisions = {
        name.removeprefix("people:"): str(value) for name, value in request.POST.items() if name.startswith("people:")
    }
    is_first = journey.version is None
    if version != journey.draft_version:
        messages.warning(
            request, _("Somebody changed this journey while you were looking. This is its test run now: look again.")
        )
        return redirect("journeys:check", journey.pk)
    try:
        # The page that was posted has shown the test run of this draft.
        services.note_test_run(journey=journey, draft_version=journey.draft_version)
        services.publish(journey=journey, decisions=decisions, by=user_of(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("journeys:check", journey.pk)
    messages.success(
        request, _("The journey is live.") if is_first else _("Published. Customers inside follow it now.")
    )
    return redirect("journeys:detail", journey.pk)


def _person(request: HttpRequest, people: list[Contact]) -> Contact | None:
    chosen = whole_number(request.GET.get("person", ""))
    return next((contact for contact in people if contact.pk == chosen), None)


def _hours(journey: Journey) -> Hours:
    channel = journey.channel or channels(journey.workspace).first()
    tz = journey.workspace.tz
    return quiet_hours(channel) if channel else Hours(tz, clock.now().time(), clock.now().time())


def _line(workspace: Workspace, draft: d.Definition, problem: Problem) -> tuple[str, str, str]:
    """(id of the step, its name, the problem in words)."""
    name = step_name(workspace, find(draft, problem.step)) if problem.step else ""
    return problem.step, name, problem_text(problem)


def _question(workspace: Workspace, draft: d.Definition, impact: queries.Impact) -> dict[str, Any]:
    """A question about people who wait at a changed or deleted step."""
    return {
        "step": impact.step.id,
        "name": step_name(workspace, impact.step),
        "deleted": impact.is_deleted,
        "waiting": impact.waiting,
        "goes_on_at": step_name(workspace, find(draft, impact.goes_on_at)) if impact.goes_on_at else "",
    }


def _rows(request: HttpRequest, draft: d.Definition, run: TestRun) -> list[dict[str, Any]]:
    return [
        {
            "at": one.at,
            "words": sentence(workspace_of(request), draft, one.step),
            "outcome": OUTCOME_NAMES.get(one.outcome, one.outcome),
            "is_skipped": one.outcome == "skipped",
            "why": one.why,
            "text": one.text,
        }
        for one in run.shown
    ]
