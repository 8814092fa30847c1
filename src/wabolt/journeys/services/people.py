"""The people of journeys when contacts are merged, parted or erased."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from wabolt.accounts.models import Workspace
from wabolt.contacts.queries import with_absorbed
from wabolt.journeys.models import AT_ONCE, Enrollment, Journey
from wabolt.journeys.queries.doubles import Double, doubles_of
from wabolt.journeys.queries.plans import published
from wabolt.journeys.rules.definition import Entry
from wabolt.journeys.rules.keys import parse_key, step_key
from wabolt.journeys.services.positions import end, hold_people
from wabolt.lib import clock
from wabolt.lib.sql import statement
from wabolt.messaging.models import Message
from wabolt.messaging.services import cancel_queued, move_queued

OPEN = (Enrollment.State.ACTIVE, Enrollment.State.PARKED)
_LOOK_AGAIN = """
WITH inside AS (
    SELECT id FROM journeys_enrollment
     WHERE journey_id IN (SELECT id FROM journeys_journey WHERE workspace_id = %(workspace)s)
       AND (%(contacts)s::bigint[] IS NULL OR contact_id = ANY(%(contacts)s::bigint[]))
       AND state = 'active' AND due_at IS NOT NULL ORDER BY journey_id, id FOR NO KEY UPDATE)
UPDATE journeys_enrollment e SET due_at = %(due)s FROM inside WHERE e.id = inside.id
"""
_REOPEN = statement(__file__, "reopen")


@transaction.atomic
def end_merged(*, workspace: Workspace, absorbed_id: int, moved_ids: Sequence[int]) -> list[int]:
    """Ends the open enrollments of an absorbed contact that the re-entry rule forbids for one person: those that stayed
    with it, because the kept contact has the same occasion, and those of `moved_ids` that double an enrollment of the
    kept contact. Returns their ids. Cancels their queued messages, so that no step reaches a person twice."""
    rows = Enrollment.objects.filter(workspace=workspace, contact=absorbed_id, state__in=OPEN)
    ids = sorted([*rows.values_list("pk", flat=True), *_forbidden(workspace, absorbed_id, moved_ids)])
    end(workspace, dict.fromkeys(ids, "merged"))
    return ids


def _forbidden(workspace: Workspace, absorbed_id: int, moved_ids: Sequence[int]) -> Iterator[int]:
    """Yields those of the moved enrollments that double an enrollment of the kept contact from before the merge."""
    rows = Enrollment.objects.filter(workspace=workspace, pk__in=moved_ids, state__in=OPEN)
    stayed = Enrollment.objects.filter(workspace=workspace, contact__in=with_absorbed(workspace, [absorbed_id]))
    absorbed_ids = {*moved_ids, *stayed.values_list("pk", flat=True)}
    for entry, people in _by_rule(rows):
        if entry.reentry != "always":
            doubles = doubles_of(workspace, entry, people)
            yield from (pk for pk, others in doubles.items() if any(other.id not in absorbed_ids for other in others))


def _by_rule(rows: "QuerySet[Enrollment]") -> Iterator[tuple[Entry, dict[int, int]]]:
    """Yields (re-entry rule, {enrollment: contact}) of each journey."""
    by_journey: dict[Journey, dict[int, int]] = {}
    for enrollment in rows.filter(journey__version__isnull=False).select_related("journey").order_by("pk"):
        by_journey.setdefault(enrollment.journey, {})[enrollment.pk] = enrollment.contact_id
    for journey, people in by_journey.items():
        yield published(journey).plan.definition.entry, people


def cancel_doubled(*, workspace: Workspace, kept_id: int) -> None:
    """Cancels the queued messages of a person that another enrollment, brought by a merge, has sent or queued already.
    Addresses the other queued messages to the kept contact."""
    contacts = with_absorbed(workspace, [kept_id])
    found = Message.objects.filter(workspace=workspace, contact__in=contacts, state="queued", origin_kind="journey")
    queued = {
        parsed: str(key) for key in found.values_list("idempotency_key", flat=True) if (parsed := parse_key(key or ""))
    }
    doubles: dict[int, list[Double]] = {}
    for entry, people in _by_rule(Enrollment.objects.filter(workspace=workspace, pk__in={pk for pk, _step in queued})):
        doubles |= doubles_of(workspace, entry, dict.fromkeys(people, kept_id))
    keys = {
        (pk, step): {step_key(other.id, step, visit) for other in doubles[pk] for visit in range(1, other.visit + 1)}
        for pk, step in sorted(queued)
        if pk in doubles
    }
    delivered = Message.objects.filter(workspace=workspace, idempotency_key__in=set().union(*keys.values()))
    delivered = delivered.exclude(state__in=("cancelled", "suppressed", "failed"))
    present = set(delivered.values_list("idempotency_key", flat=True))
    for where, others in keys.items():
        # A lane may have claimed this message since the query. Then the other one is cancelled in its turn.
        if others & present and cancel_queued(workspace=workspace, reason="got_before_merge", keys=[queued[where]]):
            present.discard(queued[where])
    move_queued(workspace=workspace, contact_id=kept_id, keys=list(queued.values()))


@transaction.atomic
def reopen(*, workspace: Workspace, enrollment_ids: Sequence[int]) -> None:
    """Reopens enrollments that `end_merged` ended, each at its former step."""
    with connection.cursor() as cursor:
        cursor.execute(
            _REOPEN,
            {"ids": list(enrollment_ids), "workspace": workspace.pk, "due": AT_ONCE, "now": clock.now()},
        )


@transaction.atomic
def end_erased(*, workspace: Workspace, contact_ids: Sequence[int]) -> None:
    """Ends all open enrollments of people whose data is about to be erased."""
    rows = Enrollment.objects.filter(workspace=workspace, contact__in=contact_ids, state__in=OPEN)
    end(workspace, dict.fromkeys(rows.values_list("pk", flat=True), "erased"))


def look_again(*, workspace: Workspace, contact_ids: Sequence[int] | None = None) -> None:
    """Makes the engine look at all people inside (None), or at these contacts, which are locked, in the caller's
    transaction."""
    contacts = None if contact_ids is None else list(contact_ids)
    if contacts is None:
        hold_people("journey_id", list(workspace.journeys.values_list("pk", flat=True)))
    values: dict[str, Any] = {"workspace": workspace.pk, "due": AT_ONCE, "contacts": contacts}
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_AGAIN, values)


@transaction.atomic
def end_for_contacts(*, journey: Journey, contact_ids: Sequence[int]) -> set[int]:
    """Ends the open enrollments of these contacts in a journey. Returns the contacts that were inside."""
    hold_people("contact_id", contact_ids)
    rows = Enrollment.objects.filter(journey=journey, contact__in=contact_ids, state__in=OPEN)
    found = dict(rows.order_by("pk").values_list("pk", "contact"))
    end(journey.workspace, dict.fromkeys(found, "ended_by_action"))
    return set(found.values())
