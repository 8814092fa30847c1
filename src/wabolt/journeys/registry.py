"""Kinds of triggers of journeys, panels of a journey's page, and the source of revenue.

Rooms above register theirs in `AppConfig.ready()`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise

from wabolt.accounts.models import Workspace
from wabolt.contacts.registry import LoggedEvent
from wabolt.journeys.models import Journey
from wabolt.journeys.rules.definition import Settings


class Occasion(NamedTuple):
    """The meaning of an event for a journey: the entry key ("" for the journey as such), and the data that the
    enrollment keeps. The value under "variables" of `context` can be used in texts."""

    entry_key: str = ""
    context: Mapping[str, Any] = {}


class DueQuery(NamedTuple):
    """A SELECT of (contact_id bigint, entry_key text, moment timestamptz) with named parameters that begin with "t_":
    people who are due and the moment from which their journey counts. It may return people who are inside already."""

    sql: str
    params: Mapping[str, Any]


class Inside(NamedTuple):
    """A person in a journey, as `TriggerKind.left_by` sees them."""

    enrollment_id: int
    contact_id: int
    context: Mapping[str, Any]


def _same(_workspace: Workspace, settings: Settings) -> Settings:
    return settings


def _no_fields(_workspace: Workspace) -> Mapping[str, forms.Field]:
    return {}


@dataclass(frozen=True, slots=True)
class TriggerKind:
    """One way into journeys. It is started by events, by a query for people who are due, or by neither (by hand, API).

    `key`: stored in definitions. `label`: such as "Birthday". `icon`: a name of the sprite.
    `sentence(workspace, settings)`: when people enter, as a short sentence. It does not raise.
    `event_kinds(settings)`: the kinds of events that may start the journey.
    `occasion(workspace, settings, event)`: what such an event is for the journey; None: it starts nothing.
    `due(journey, settings, now)`: the query that finds people who are due. It runs every few minutes.
    `left_by(workspace, people)`: {enrollment id: reason} of people for whom the occasion is over, such as a cart that
    was ordered. It is asked before each step and before a message is sent. `ending_kinds`: kinds of events after which
    it may give another answer.
    `fields(workspace)`: form fields of the settings. `check(workspace, settings)`: returns the settings as they are
    stored; raises DomainError whose `field` names one.
    `watches(settings)`: ids of segments whose members have to be kept (segments.services.keep_live).
    """

    key: str
    label: str | Promise
    icon: str
    sentence: Callable[[Workspace, Settings], str]
    event_kinds: Callable[[Settings], Collection[str]] = lambda _settings: ()
    occasion: Callable[[Workspace, Settings, LoggedEvent], Occasion | None] = lambda _w, _s, _e: Occasion()
    due: Callable[[Journey, Settings, datetime], DueQuery] | None = None
    left_by: Callable[[Workspace, Sequence[Inside]], Mapping[int, str]] | None = None
    ending_kinds: Collection[str] = ()
    fields: Callable[[Workspace], Mapping[str, forms.Field]] = _no_fields
    check: Callable[[Workspace, Settings], Settings] = _same
    watches: Callable[[Settings], Collection[int]] = lambda _settings: ()
    order: int = 100


_kinds: dict[str, TriggerKind] = {}


def register_trigger(*kinds: TriggerKind) -> None:
    """Adds kinds of triggers. A second registration of a key replaces the first."""
    _kinds.update({kind.key: kind for kind in kinds})


def trigger_kind(key: str) -> TriggerKind | None:
    """The registered kind; None for one that is no longer registered."""
    return _kinds.get(key)


def trigger_kinds() -> tuple[TriggerKind, ...]:
    """All registered kinds in the order of their list."""
    return tuple(sorted(_kinds.values(), key=lambda kind: (kind.order, kind.key)))


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


RevenueSource = Callable[[Workspace, Sequence[int]], Mapping[int, tuple[int, int]]]
"""{step id: (orders, revenue in the smallest unit of the workspace's currency)}, for steps that earned something."""

_revenue: list[RevenueSource] = []


def register_revenue(source: RevenueSource) -> None:
    """Sets the source of revenue. The last registration counts."""
    _revenue[:] = [source]


def revenue_of(workspace: Workspace, step_ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
    """The orders and the revenue of these steps by id; empty without a source."""
    return _revenue[0](workspace, step_ids) if _revenue and step_ids else {}
