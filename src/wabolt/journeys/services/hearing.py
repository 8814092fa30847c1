"""The consumer of the event log: events let people in, and make the engine look at people inside.

It makes no decision about people inside. It sets `due_at` to the past for people of a journey whose goal, exits or
waits may be concerned, and the engine asks the log itself. So it does not matter which of the two comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.contacts.queries import kept_of
from wabolt.contacts.registry import LoggedEvent
from wabolt.contacts.services import hold_contacts
from wabolt.journeys.models import AT_ONCE, Enrollment, Journey
from wabolt.journeys.queries.facts import ORDER
from wabolt.journeys.queries.plans import published
from wabolt.journeys.registry import TriggerKind, occasion_of, profiles, trigger_kind
from wabolt.journeys.rules.definition import Definition
from wabolt.journeys.rules.structure import happenings
from wabolt.journeys.services.enrolling import Entrant, enroll

State = Journey.State
_NUDGE = """
WITH concerned AS (
    SELECT id FROM journeys_enrollment
     WHERE contact_id = ANY(%s) AND journey_id = %s AND state = 'active' ORDER BY id FOR NO KEY UPDATE)
UPDATE journeys_enrollment e SET due_at = %s FROM concerned WHERE e.id = concerned.id
"""


@dataclass(slots=True)
class _Heard:
    """The events of a batch that concern one journey."""

    entrants: list[Entrant] = field(default_factory=list)
    inside: set[int] = field(default_factory=set)


def handle(events: Sequence[LoggedEvent]) -> None:
    """Processes one batch of events of all workspaces, in the transaction of the consumer."""
    by_workspace: dict[int, list[LoggedEvent]] = {}
    for event in events:
        by_workspace.setdefault(event.workspace_id, []).append(event)
    workspaces = list(Workspace.objects.filter(pk__in=by_workspace).order_by("pk"))
    for workspace in workspaces:
        by_workspace[workspace.pk] = _of_people(workspace, by_workspace[workspace.pk])
    journeys = Journey.objects.filter(workspace__in=by_workspace, version__isnull=False).exclude(state=State.DRAFT)
    found = [
        (journey, _listen(journey, by_workspace[journey.workspace_id]))
        for journey in journeys.select_related("workspace").order_by("pk")
    ]
    for workspace in workspaces:
        _hold(workspace, [heard for journey, heard in found if journey.workspace_id == workspace.pk])
    # `enroll` locks the journeys in order of id, after the contacts and before the people in them.
    for journey, heard in found:
        if heard.entrants and journey.state != State.ARCHIVED:
            enroll(journey=journey, entrants=heard.entrants)
        nudge(journey, sorted(heard.inside))


def _hold(workspace: Workspace, found: Sequence[_Heard]) -> None:
    """Locks the contacts that may enter, and those of the people inside, before the first person is locked."""
    inside = set[int]().union(*(heard.inside for heard in found))
    entering = {one.contact_id for heard in found for one in heard.entrants}
    there = Enrollment.objects.filter(workspace=workspace, contact__in=inside, state=Enrollment.State.ACTIVE)
    hold_contacts(workspace, {*there.values_list("contact", flat=True), *entering})


def _of_people(workspace: Workspace, events: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """The events, with the kept contact in place of one that was merged since."""
    kept = kept_of(workspace, {event.contact_id for event in events})
    return [replace(one, contact_id=kept[one.contact_id]) if one.contact_id in kept else one for one in events]


def nudge(journey: Journey, contact_ids: Sequence[int]) -> None:
    """Makes the engine look at these people of a journey now."""
    if contact_ids:
        with connection.cursor() as cursor:
            cursor.execute(_NUDGE, [list(contact_ids), journey.pk, AT_ONCE])


def _listen(journey: Journey, events: Sequence[LoggedEvent]) -> _Heard:
    definition = published(journey).plan.definition
    heard, trigger = _Heard(), trigger_kind(definition.trigger.kind)
    concerning = _concerning(definition, trigger)
    for event in events:
        occasion = occasion_of(journey.workspace, definition.trigger, event)
        if occasion is not None:
            heard.entrants.append(
                Entrant(event.contact_id, occasion.entry_key, occasion.context, occasion.moment, event.id)
            )
        if concerning is None or event.kind in concerning:
            heard.inside.add(event.contact_id)
    return heard


def _concerning(definition: Definition, trigger: TriggerKind | None) -> frozenset[str] | None:
    """The kinds of events that may concern people inside; None: all, because a condition on the contact's data may be
    changed by any event."""
    found: set[str] = set() if trigger is None else set(trigger.ending_kinds)
    if profiles(definition):
        found.add("contact_objected")
    for happening in happenings(definition):
        if happening.kind == "segment":
            return None
        found |= set(ORDER) if happening.kind == "order" else {happening.event}
    return frozenset(found)
