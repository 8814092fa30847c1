"""Kinds of triggers of journeys, recipes, panels of a journey's page, notes on its check page, the source of revenue.

Rooms above register theirs in `AppConfig.ready()`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise

from wabolt.accounts.models import Workspace
from wabolt.broadcasts.registry import CheckNote
from wabolt.contacts.registry import LoggedEvent
from wabolt.journeys.models import Journey
from wabolt.journeys.rules.definition import Definition as Definition
from wabolt.journeys.rules.definition import Entry as Entry
from wabolt.journeys.rules.definition import Send as Send
from wabolt.journeys.rules.definition import Settings as Settings
from wabolt.journeys.rules.definition import Trigger as Trigger
from wabolt.journeys.rules.definition import Wait as Wait
from wabolt.journeys.rules.editing import NewId
from wabolt.journeys.rules.structure import steps_in_order


class Occasion(NamedTuple):
    """The meaning of an event for a journey: the entry key ("" for the journey as such), and the data that the
    enrollment keeps. The value under "variables" of `context` can be used in texts. `moment`: from when the journey
    counts, for an event of the past; None: from now."""

    entry_key: str = ""
    context: Mapping[str, Any] = {}
    moment: datetime | None = None


class DueQuery(NamedTuple):
    """A SELECT of (contact_id bigint, entry_key text, moment timestamptz) with named parameters that begin with "t_":
    people who are due and the moment from which their journey counts. It may return people who are inside already.
    `has_context`: a fourth column is the context that the enrollment keeps (`Occasion.context`), as jsonb."""

    sql: str
    params: Mapping[str, Any]
    has_context: bool = False


class Inside(NamedTuple):
    """A person in a journey, as `TriggerKind.left_by` sees them."""

    enrollment_id: int
    contact_id: int
    context: Mapping[str, Any]


def _same(_workspace: Workspace, settings: Settings) -> Settings:
    return settings


def _no_sample(_workspace: Workspace, _settings: Settings) -> Mapping[str, Any]:
    return {}


def _no_fields(_workspace: Workspace) -> Mapping[str, forms.Field]:
    return {}


@dataclass(frozen=True, slots=True)
class TriggerKind:
    """One way into journeys. It is started by events, by a query for people who are due, or by neither (by hand, API).

    `key`: stored in definitions. `label`: such as "Birthday". `icon`: a name of the sprite.
    `sentence(workspace, settings)`: when people enter, as a short sentence. It does not raise.
    `event_kinds(settings)`: the kinds of events that may start the journey.
    `occasion(workspace, settings, event)`: what such an event is for the journey; None: it starts nothing.
    `due(journey, settings, now)`: the query that finds people who are due. It runs every few minutes, or with `hourly`
    once an hour.
    `left_by(workspace, people)`: {enrollment id: reason} of people for whom the occasion is over, such as a cart that
    was ordered. It is asked before each step and before a message is sent. `ending_kinds`: kinds of events after which
    it may give another answer.
    `facts_of(settings)`: the kind of event whose data the settings may ask about (`rules.event_data`); "": none.
    `fields(workspace)`: form fields of the settings. `check(workspace, settings)`: returns the settings as they are
    stored; raises DomainError whose `field` names one.
    `watches(settings)`: ids of segments whose members have to be kept (segments.services.keep_live).
    `sample(workspace, settings)`: values of texts, as the context of an occasion would bring them, for test runs.
    `has_occasions`: each entry has a key of its own (the year, the order), so entering again is no repetition.
    `profiles`: people enter because of what WABolt has computed from their behaviour, not because of an act that the
    journey answers. People who object to profiling do not enter and do not stay.
    `once`: an entry key lets a person in once, also after that enrollment has ended, for example if an order is
    reported again. Queries for people who are due check this themselves.
    """

    key: str
    label: str | Promise
    icon: str
    sentence: Callable[[Workspace, Settings], str]
    event_kinds: Callable[[Settings], Collection[str]] = lambda _settings: ()
    occasion: Callable[[Workspace, Settings, LoggedEvent], Occasion | None] = lambda _w, _s, _e: Occasion()
    due: Callable[[Journey, Settings, datetime], DueQuery] | None = None
    hourly: bool = False
    left_by: Callable[[Workspace, Sequence[Inside]], Mapping[int, str]] | None = None
    ending_kinds: Collection[str] = ()
    facts_of: Callable[[Settings], str] = lambda _settings: ""
    fields: Callable[[Workspace], Mapping[str, forms.Field]] = _no_fields
    check: Callable[[Workspace, Settings], Settings] = _same
    watches: Callable[[Settings], Collection[int]] = lambda _settings: ()
    sample: Callable[[Workspace, Settings], Mapping[str, Any]] = _no_sample
    has_occasions: bool = False
    profiles: bool = False
    once: bool = False
    order: int = 100


_kinds: dict[str, TriggerKind] = {}


def register_trigger(*kinds: TriggerKind) -> None:
    """Adds kinds of triggers. A second registration of a key replaces the first."""
    _kinds.update({kind.key: kind for kind in kinds})


def trigger_kind(key: str) -> TriggerKind | None:
    """The registered kind; None for one that is no longer registered."""
    return _kinds.get(key)


def occasion_of(workspace: Workspace, trigger: Trigger, event: LoggedEvent) -> Occasion | None:
    """The meaning of an event for journeys with this trigger; None: it lets no person in."""
    kind = trigger_kind(trigger.kind)
    if kind is None or event.kind not in kind.event_kinds(trigger.settings):
        return None
    return kind.occasion(workspace, trigger.settings, event)


def profiles(definition: Definition) -> bool:
    """Whether people enter because of their behaviour: by the trigger, or by a condition for entering."""
    kind = trigger_kind(definition.trigger.kind)
    return (kind is not None and kind.profiles) or bool(definition.entry.only)


def trigger_kinds() -> tuple[TriggerKind, ...]:
    """All registered kinds in the order of their list."""
    return tuple(sorted(_kinds.values(), key=lambda kind: (kind.order, kind.key)))


def _always(_workspace: Workspace) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Recipe:
    """A journey to start from.

    `promise`: what it is good for, in the list. `what`: what will happen, in one sentence on its page.
    `questions(workspace)`: at most five form fields; their `initial` values make a complete journey. It is called in
    the language of the shop, because the texts are for its customers; labels are lazy.
    `build(answers, new_id)`: the definition for the cleaned values, also in that language. Raises DomainError whose
    `field` names a question.
    `offered(workspace)`: whether the shop can use it now.
    """

    key: str
    label: str | Promise
    icon: str
    promise: str | Promise
    what: str | Promise
    questions: Callable[[Workspace], Mapping[str, forms.Field]]
    build: Callable[[Mapping[str, Any], NewId], Definition]
    importance: str = Journey.Importance.PROMOTION
    content_class: str = Journey.ContentClass.PROMOTION
    offered: Callable[[Workspace], bool] = _always
    order: int = 100


_recipes: dict[str, Recipe] = {}


def register_recipe(*recipes: Recipe) -> None:
    """Adds recipes. A second registration of a key replaces the first."""
    _recipes.update({recipe.key: recipe for recipe in recipes})


def recipe_of(key: str) -> Recipe | None:
    """The recipe with this key, or None."""
    return _recipes.get(key)


def recipes() -> tuple[Recipe, ...]:
    """All recipes in the order of their list."""
    return tuple(sorted(_recipes.values(), key=lambda recipe: (recipe.order, recipe.key)))


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of a journey's page. `template` is rendered with `panel` = `context(request, journey)`, unless that is
    None."""

    key: str
    template: str
    context: Callable[[HttpRequest, Journey], dict[str, Any] | None]
    order: int = 100


_panels: dict[str, Panel] = {}


def register_panel(panel: Panel) -> None:
    """Adds a panel. A second registration of a key replaces the first."""
    _panels[panel.key] = panel


def shown_panels(request: HttpRequest, journey: Journey) -> list[tuple[Panel, dict[str, Any]]]:
    """The panels that have something to show, with their context, in display order."""
    found = sorted(_panels.values(), key=lambda panel: (panel.order, panel.key))
    return [(panel, values) for panel in found if (values := panel.context(request, journey)) is not None]


CheckNoteSource = Callable[[Journey, Definition], CheckNote | None]
"""Returns the warning about a draft without errors before it is published; None: no warning."""

_notes: dict[str, CheckNoteSource] = {}


def register_check_note(key: str, source: CheckNoteSource) -> None:
    """Adds a source of warnings for the check page. A second registration of a key replaces the first."""
    _notes[key] = source


def check_notes(journey: Journey, draft: Definition) -> list[CheckNote]:
    """The warnings about the draft of a journey, which has no errors."""
    return [note for key in sorted(_notes) if (note := _notes[key](journey, draft)) is not None]


def content_classes(journey: Journey, draft: Definition) -> set[str]:
    """The content classes on which the messages of a draft count."""
    sends = [step for step in steps_in_order(draft) if isinstance(step, Send)]
    return {step.content_class or str(journey.content_class) for step in sends}


RevenueSource = Callable[[Workspace, Sequence[int]], Mapping[int, tuple[int, int]]]
"""{step id: (orders, revenue in the smallest unit of the workspace's currency)}, for steps that earned something."""

_revenue: list[RevenueSource] = []


def register_revenue(source: RevenueSource) -> None:
    """Sets the source of revenue. The last registration counts."""
    _revenue[:] = [source]


def revenue_of(workspace: Workspace, step_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
    """The orders and the revenue of these steps by id; empty without a source."""
    return _revenue[0](workspace, step_ids) if _revenue and step_ids else {}
