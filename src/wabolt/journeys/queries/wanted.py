"""Whether the messages of a journey should still be sent. The lane asks at the moment of sending."""

from collections.abc import Mapping

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.journeys.models import Enrollment, Journey
from wabolt.journeys.queries.facts import Person, leaving, person_of
from wabolt.journeys.queries.plans import published
from wabolt.journeys.rules.keys import parse_key
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.segments.queries import SegmentError

LEFT = "journey_left"
"""`Message.reason` of a message whose person left the journey before it was sent."""
_STAYED = (Enrollment.State.ACTIVE, Enrollment.State.FINISHED, Enrollment.State.PARKED)
_PEOPLE = """
SELECT e.journey_id, e.state, e.id, e.contact_id, coalesce(e.step_id, 0), e.waiting_since, e.visit, e.arrived_after,
       e.entered_after, e.entered_at, e.context::text, e.steps_day, e.steps_today, e.is_behind
  FROM journeys_enrollment e WHERE e.id = ANY(%s) AND e.workspace_id = %s
"""


def unwanted(workspace: Workspace, keys: Mapping[int, str]) -> dict[int, str]:
    """{message id: reason} of queued messages whose person has left the journey, or leaves it now: the goal is reached,
    an exit condition is true, or the occasion is over. `keys`: {message id: idempotency key}."""
    # Messages of actions have other keys. They do not depend on the enrollment.
    enrollments = {pk: parsed[0] for pk, key in keys.items() if (parsed := parse_key(key))}
    if not enrollments:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [list(set(enrollments.values())), workspace.pk])
        rows = cursor.fetchall()
    left = {row[2] for row in rows if row[1] not in _STAYED}
    people: dict[int, list[Person]] = {}
    for journey_id, state, *values in rows:
        if state in _STAYED:
            people.setdefault(journey_id, []).append(person_of(values))
    for journey in Journey.objects.filter(pk__in=people, version__isnull=False).select_related("workspace"):
        left |= _leaving_now(journey, people[journey.pk])
    return {pk: LEFT for pk, enrollment in enrollments.items() if enrollment in left}


def _leaving_now(journey: Journey, people: list[Person]) -> set[int]:
    try:
        return set(leaving(journey.workspace, published(journey).plan.definition, people, clock.now()))
    except (SegmentError, DomainError):
        return set()  # the engine parks these people; a broken condition must not stop the lane
