"""The conditions of a journey, for the page that builds them (segments.registry.ConditionPlace).

A place is "<id of the journey>-<slot>". Slots: "entry", "exit", "goal", "wait-<step>", and "arm-<step>-<number>".
"""

from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from wabolt.accounts.queries import workspace_of
from wabolt.journeys import services
from wabolt.journeys.models import Journey
from wabolt.journeys.rules import definition as d
from wabolt.journeys.rules.editing import put
from wabolt.journeys.rules.structure import find
from wabolt.journeys.views.common import draft_of
from wabolt.lib.errors import DomainError
from wabolt.lib.web import whole_number
from wabolt.segments.registry import ConditionPlace, HeldCondition, register_condition_place

KEY = "journey"


def register() -> None:
    """Called from `JourneysConfig.ready`."""
    register_condition_place(ConditionPlace(KEY, _load, _store))


def place_url(journey: Journey, slot: str) -> str:
    """The URL of the page that builds the condition of a slot."""
    return reverse("segments:condition", args=[KEY, f"{journey.pk}-{slot}"])


def _load(request: HttpRequest, where: str) -> HeldCondition | None:
    journey, slot = _parts(request, where)
    if journey is None:
        return None
    found = _slot(draft_of(journey), slot)
    if found is None:
        return None
    text, question, _put = found
    page = "rules" if slot in ("entry", "exit", "goal") else "step"
    args = [journey.pk] if page == "rules" else [journey.pk, slot.split("-")[1]]
    return HeldCondition(text, journey.name, question, reverse(f"journeys:{page}", args=args))


def _store(request: HttpRequest, where: str, text: str) -> None:
    journey, slot = _parts(request, where)
    found = _slot(draft_of(journey), slot) if journey is not None else None
    if journey is None or found is None:
        raise DomainError(_("This step is gone: somebody deleted it meanwhile."), code="gone")
    services.save_draft(journey=journey, definition=found[2](text), expected=journey.draft_version)


def _parts(request: HttpRequest, where: str) -> tuple[Journey | None, str]:
    number, _dash, slot = where.partition("-")
    found = Journey.objects.filter(workspace=workspace_of(request), pk=whole_number(number) or 0)
    return found.exclude(state=Journey.State.ARCHIVED).select_related("version").first(), slot


def _slot(draft: d.Definition, slot: str) -> tuple[str, str, Callable[[str], d.Definition]] | None:
    """The text of a condition, the question that it answers, and the draft with another text; None for no slot."""
    match slot.split("-"):
        case ["entry"]:
            entry = draft.entry
            return entry.only, _("Who may enter?"), lambda text: replace(draft, entry=replace(entry, only=text))
        case ["exit"]:
            old = next((one for one in draft.exits if one.kind == "segment"), None)
            return (
                old.when if old else "", _("Who leaves?"), lambda text: replace(draft, exits=_exits(draft, old, text))
            )  # fmt: skip
        case ["goal"]:
            text = draft.goal.when if draft.goal else ""
            return text, _("When has it succeeded?"), lambda text: replace(draft, goal=_until(text))
        case ["wait", step_id]:
            wait = find(draft, step_id)
            if not isinstance(wait, d.Wait) or wait.mode != "happening":
                return None
            text = wait.until.when if wait.until else ""
            return text, _("Wait until what is true?"), lambda text: put(draft, replace(wait, until=_until(text)))
        case ["arm", step_id, number]:
            return _arm(draft, step_id, whole_number(number))
        case _:
            return None


def _exits(draft: d.Definition, old: d.Happening | None, text: str) -> tuple[d.Happening, ...]:
    """The exits with another text in place of that of `old`. The others keep their order, because the form shows the
    first condition."""
    new = _until(text)
    return (*draft.exits, new) if old is None else tuple(new if one is old else one for one in draft.exits)


def _until(text: str) -> d.Happening:
    return d.Happening("segment", when=text)


def _arm(
    draft: d.Definition, step_id: str, number: int | None
) -> tuple[str, str, Callable[[str], d.Definition]] | None:
    branch = find(draft, step_id)
    if not isinstance(branch, d.Branch) or number is None or number >= len(branch.arms):
        return None
    when = branch.arms[number].when

    def changed(text: str) -> d.Definition:
        arms = [replace(arm, when=text) if n == number else arm for n, arm in enumerate(branch.arms)]
        return put(draft, replace(branch, arms=tuple(arms)))

    return when if isinstance(when, str) else "", _("If what is true?"), changed
