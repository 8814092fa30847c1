"""The builder: the draft of a journey as cards, and the small pages that change one part of it."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.contacts.registry import contact_actions
from wabolt.journeys import queries, services
from wabolt.journeys.condition_places import place_url
from wabolt.journeys.forms import RulesForm, SettingsForm, TextForm, TriggerForm, step_form
from wabolt.journeys.forms.base import PartForm
from wabolt.journeys.forms.messages import SendForm
from wabolt.journeys.models import Journey
from wabolt.journeys.registry import trigger_kind, trigger_kinds
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules import editing
from wabolt.journeys.rules.codec import DefinitionError, dump, parse
from wabolt.journeys.rules.printing import print_journey
from wabolt.journeys.rules.structure import Place, find
from wabolt.journeys.services import new_step_id
from wabolt.journeys.views.bubbles import bubble_of
from wabolt.journeys.views.common import cards_of, draft_of, journey_of, may_edit
from wabolt.journeys.vocabulary import vocabulary
from wabolt.journeys.wording import KIND_WORDS, entry_words, happening_words, place_words, sentence, trigger_sentence
from wabolt.lib.errors import DomainError
from wabolt.lib.public_address import absolute_url
from wabolt.lib.web import accepts_body, edits, render_page, requires, whole_number
from wabolt.personalization.queries import known_variables
from wabolt.ui.forms import show_refusal

UNDO = "journeys_undo"
"""The key of the session that holds the draft before the last deletion: [journey, draft_version, definition]."""


@requires("viewer")
@require_GET
def builder(request: HttpRequest, journey_id: int) -> HttpResponse:
    """The draft as a line of cards."""
    journey = journey_of(request, journey_id)
    workspace, draft = workspace_of(request), draft_of(journey)
    wrong = queries.all_problems(journey, draft)
    context = {
        "journey": journey,
        "trigger": trigger_sentence(workspace, draft.trigger),
        "entry": entry_words(workspace, draft.entry),
        "exits": [happening_words(workspace, happening) for happening in draft.exits],
        "goal": happening_words(workspace, draft.goal) if draft.goal else "",
        "cards": cards_of(workspace, draft, wrong),
        "wrong": [problem for problem in wrong if not problem.step],
        "errors": sum(problem.is_error for problem in wrong),
        "is_changed": journey.version is not None and journey.version.definition != journey.draft,
        "may_undo": _undo_of(request, journey) is not None,
        "may_edit": may_edit(request) and journey.state != Journey.State.ARCHIVED,
    }
    return render_page(request, "journeys/builder.html", context)


@requires("manager")
@edits(Journey, "journey_id")
@require_POST
def change(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Moves, copies or deletes a step, adds or removes an arm, or undoes the last deletion."""
    journey = journey_of(request, journey_id)
    draft, action, step_id = draft_of(journey), request.POST.get("action", ""), request.POST.get("step", "")
    if action == "undo":
        return _undo(request, journey)
    if find(draft, step_id) is None:
        messages.warning(request, _("This step is gone: somebody deleted it meanwhile."))
        return redirect("journeys:edit", journey.pk)
    arm = whole_number(request.POST.get("arm", ""))
    changes: dict[str, Callable[[], d.Definition]] = {
        "up": lambda: editing.move_up(draft, step_id),
        "down": lambda: editing.move_down(draft, step_id),
        "move": lambda: editing.move(draft, step_id, _place(request)),
        "copy": lambda: editing.duplicate(draft, step_id, new_step_id),
        "delete": lambda: editing.delete(draft, step_id),
        "add_arm": lambda: editing.add_arm(draft, step_id),
        "remove_arm": lambda: editing.remove_arm(draft, step_id, arm if arm is not None else -1),
    }
    if action not in changes:
        messages.error(request, _("Choose what to do with the step."))
        return redirect("journeys:edit", journey.pk)
    changed = changes[action]()
    is_saved = changed != draft and _saved(request, journey, changed)
    if is_saved and action in ("delete", "remove_arm"):
        request.session[UNDO] = [journey.pk, journey.draft_version + 1, dump(draft)]
    if action in ("up", "down", "move") and (is_saved or changed == draft):
        _say_place(request, changed, step_id, has_moved=is_saved)
    back = reverse("journeys:edit", args=[journey.pk])
    if action in ("add_arm", "remove_arm"):
        return redirect("journeys:step", journey.pk, step_id)
    return redirect(f"{back}#step-{step_id}" if find(changed, step_id) else back)


def _say_place(request: HttpRequest, draft: d.Definition, step_id: str, *, has_moved: bool) -> None:
    """Says where a step is after a move, also to those who do not see the page."""
    values = {"place": place_words(workspace_of(request), draft, step_id)}
    if has_moved:
        messages.success(request, _("Moved: now %(place)s.") % values)
    else:
        messages.info(request, _("It stays where it is: %(place)s.") % values)


def _undo_of(request: HttpRequest, journey: Journey) -> d.Definition | None:
    """The draft before the last deletion, if nothing was changed since."""
    match request.session.get(UNDO):
        case [journey.pk, journey.draft_version, data]:
            try:
                return parse(data)
            except DefinitionError:
                return None
        case _:
            return None


def _undo(request: HttpRequest, journey: Journey) -> HttpResponse:
    before = _undo_of(request, journey)
    if before is None:
        messages.warning(request, _("The journey was changed since. There is nothing to undo."))
    elif _saved(request, journey, before):
        del request.session[UNDO]
        messages.success(request, _("It is back."))
    return redirect("journeys:edit", journey.pk)


@requires("manager")
@edits(Journey, "journey_id")
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Asks what kind of step to add at a place, and adds it."""
    journey = journey_of(request, journey_id)
    place = _place(request)
    if request.method == "GET":
        actions = [action for action in contact_actions() if action.offered(workspace_of(request))]
        kinds = [(kind, *words) for kind, words in KIND_WORDS.items() if kind != "action"]
        context = {"journey": journey, "place": place, "kinds": kinds, "actions": actions}
        return render_page(request, "journeys/add.html", context)
    step = _new_step(request.POST.get("kind", ""), request.POST.get("do", ""))
    if step is None:
        messages.error(request, _("Choose what to add."))
        return redirect("journeys:edit", journey.pk)
    draft = draft_of(journey)
    changed = editing.insert(draft, place, step)
    if changed == draft:
        messages.error(request, _("There is no room for another step here."))
        return redirect("journeys:edit", journey.pk)
    if not _saved(request, journey, changed) or isinstance(step, d.End):
        return redirect("journeys:edit", journey.pk)
    return redirect("journeys:step", journey.pk, step.id)


def _new_step(kind: str, action: str) -> d.Step | None:
    step_id = new_step_id()
    match kind:
        case "wait":
            return d.Wait(step_id, amount=1, at="10:00")
        case "action":
            return d.Act(step_id, action) if action else None
        case "webhook":
            return d.Webhook(step_id)
        case "send" | "branch" | "split" | "end":
            found: d.Step = d.KINDS[kind](step_id)
            return found
        case _:
            return None


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("manager")
@edits(Journey, "journey_id")
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, journey_id: int, step_id: str) -> HttpResponse:
    """The small form of one step."""
    journey = journey_of(request, journey_id)
    workspace, draft = workspace_of(request), draft_of(journey)
    edited = find(draft, step_id)
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = step_form(journey, draft, step_id, *posted)
    if edited is None or form is None:
        messages.warning(request, _("This step is gone: somebody deleted it meanwhile."))
        return redirect("journeys:edit", journey.pk)
    only_shows = form.is_refresh or request.headers.get("HX-Target") == "bubble"
    is_complete = request.method == "POST" and not only_shows and form.is_valid()
    if is_complete and _saved(request, journey, editing.put(draft, form.step()), form):
        return _next(journey, form, f"#step-{step_id}")
    context: dict[str, Any] = {
        "journey": journey,
        "step": edited,
        "kind": d.kind_of(edited),
        "words": sentence(workspace, draft, edited),
        "form": form,
    }
    if isinstance(form, SendForm):
        context |= {"variables": known_variables(workspace), **bubble_of(journey, draft, form)}
    status = 422 if form.errors and not only_shows else 200
    return render_page(request, "journeys/step.html", context, fragments=("bubble",), status=status)


@requires("manager")
@edits(Journey, "journey_id")
@require_http_methods(["GET", "POST"])
def trigger(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Chooses what starts the journey: a list of kinds, then the settings of the chosen one (`?kind=`)."""
    journey = journey_of(request, journey_id)
    workspace, draft = workspace_of(request), draft_of(journey)
    kind = trigger_kind(request.GET.get("kind", ""))
    if kind is None:
        context = {"journey": journey, "kinds": trigger_kinds(), "chosen": draft.trigger.kind}
        return render_page(request, "journeys/trigger_kinds.html", context)
    form = TriggerForm(workspace, draft.trigger, kind, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        changed = d.Definition(form.trigger(), draft.entry, draft.exits, draft.goal, draft.steps)
        if _saved(request, journey, changed, form):
            return redirect("journeys:edit", journey.pk)
    context = {"journey": journey, "kind": kind, "form": form}
    if kind.key == "api":
        context["api_url"] = absolute_url(reverse("journeys:entries", args=[journey.pk]))
    return render_page(request, "journeys/trigger.html", context, status=422 if form.errors else 200)


@requires("manager")
@edits(Journey, "journey_id")
@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest, journey_id: int) -> HttpResponse:
    """The rule of entry, the exits, and the goal."""
    journey = journey_of(request, journey_id)
    form = RulesForm(workspace_of(request), draft_of(journey), request.POST if request.method == "POST" else None)
    is_complete = request.method == "POST" and form.is_valid()
    if is_complete and _saved(request, journey, form.changed(), form):
        return _next(journey, form)
    context = {"journey": journey, "form": form}
    return render_page(request, "journeys/rules.html", context, status=422 if form.errors else 200)


@requires("manager")
@edits(Journey, "journey_id")
@require_http_methods(["GET", "POST"])
def text_form(request: HttpRequest, journey_id: int) -> HttpResponse:
    """The whole draft as text."""
    journey = journey_of(request, journey_id)
    shown = print_journey(draft_of(journey), journey.workspace.language, vocabulary())
    form = TextForm(workspace_of(request), shown, new_step_id, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _saved(request, journey, form.definition, form):
        messages.success(request, _("Saved."))
        return redirect("journeys:edit", journey.pk)
    context = {"journey": journey, "form": form}
    return render_page(request, "journeys/text.html", context, status=422 if form.errors else 200)


@requires("manager")
@edits(Journey, "journey_id")
@require_http_methods(["GET", "POST"])
def journey_settings(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Name, number, importance, comparison group."""
    journey = journey_of(request, journey_id)
    form = SettingsForm(workspace_of(request), journey, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_settings(journey=journey, values=form.settings())
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("journeys:edit", journey.pk)
    context = {"journey": journey, "form": form}
    return render_page(request, "journeys/settings.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, journey_id: int) -> HttpResponse:
    """Asks, then deletes a draft that was never published."""
    journey = journey_of(request, journey_id)
    if request.method == "GET":
        return render_page(request, "journeys/delete.html", {"journey": journey})
    try:
        services.delete_draft(journey=journey, by=user_of(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("journeys:edit", journey.pk)
    messages.success(request, _("The draft “%(name)s” is deleted.") % {"name": journey.name})
    return redirect("journeys:list")


def _saved(request: HttpRequest, journey: Journey, changed: d.Definition, form: PartForm | None = None) -> bool:
    """Stores the draft. A refusal is shown in the form, or as a message."""
    try:
        services.save_draft(journey=journey, definition=changed, expected=journey.draft_version)
    except DomainError as error:
        if form is not None:
            show_refusal(form, error)
        else:
            messages.error(request, str(error))
        return False
    return True


def _next(journey: Journey, form: PartForm, fragment: str = "") -> HttpResponse:
    """The page after a form was saved: the builder of the condition that the member asked for, or the cards."""
    if form.wants:
        return redirect(place_url(journey, form.slot(form.wants)))
    return redirect(reverse("journeys:edit", args=[journey.pk]) + fragment)


def _place(request: HttpRequest) -> Place:
    given = request.POST if request.method == "POST" else request.GET
    arm, index = (whole_number(given.get(name, "")) or 0 for name in ("to_arm", "index"))
    return Place(given.get("parent", "")[:16], arm, index)
