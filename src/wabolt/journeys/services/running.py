"""Pausing, resuming and archiving journeys, and what members do with people inside."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User
from wabolt.journeys.models import AT_ONCE, Enrollment, Journey
from wabolt.journeys.services.drafting import audit, locked
from wabolt.journeys.services.positions import end, hold_people
from wabolt.journeys.services.publishing import LIVE, batches
from wabolt.journeys.services.sending import ORIGIN
from wabolt.lib import clock
from wabolt.lib.deadlocks import again_after_deadlock
from wabolt.lib.errors import DomainError
from wabolt.messaging.services import pause_origin, resume_origin
from wabolt.segments.models import Segment
from wabolt.segments.services import end_live

State = Journey.State


@transaction.atomic
def pause(*, journey: Journey, by: User | None = None) -> Journey:
    """Holds all people where they are, and their queued messages. New people enter and wait at the first step.

    Raises DomainError "not_active" for a journey that is not active.
    """
    held = locked(journey)
    if held.state != State.ACTIVE:
        raise DomainError(_("This journey is not active."), code="not_active")
    _set_state(held, State.PAUSED)
    for step_id in held.steps.filter(kind="send").values_list("pk", flat=True):
        pause_origin(workspace=held.workspace, origin_kind=ORIGIN, origin_id=step_id)
    audit(held, "journey.pause", by)
    return held


@transaction.atomic
def resume(*, journey: Journey, by: User | None = None) -> Journey:
    """Lets the people of a paused journey go on. Those whose time has come meanwhile are due at once; a message with a
    time limit that is over is left out. Raises DomainError "not_paused"."""
    held = locked(journey)
    if held.state != State.PAUSED:
        raise DomainError(_("This journey is not paused."), code="not_paused")
    _set_state(held, State.ACTIVE)
    _let_messages_go(held)
    audit(held, "journey.resume", by)
    return held


@again_after_deadlock
@transaction.atomic
def archive(*, journey: Journey, let_finish: bool, by: User | None = None) -> Journey:
    """Ends the entries. People inside go on to the end (`let_finish`), or leave now with their queued messages.

    Raises DomainError "not_published" for a draft.
    """
    held = locked(journey)
    if held.state == State.DRAFT:
        raise DomainError(_("Publish the journey first."), code="not_published")
    _set_state(held, State.ARCHIVED)
    if not let_finish:
        hold_people("journey_id", [held.pk])
        inside = Enrollment.objects.filter(journey=held, state__in=("active", "parked"))
        for ids in batches(list(inside.order_by("pk").values_list("pk", flat=True))):
            end(held.workspace, dict.fromkeys(ids, "archived"))
    _let_messages_go(held)
    for segment in Segment.objects.filter(workspace=held.workspace, live_reasons__reason=f"{LIVE}:{held.pk}"):
        end_live(segment=segment, reason=f"{LIVE}:{held.pk}")
    audit(held, "journey.archive", by)
    return held


@again_after_deadlock
@transaction.atomic
def exit_people(*, journey: Journey, enrollment_ids: Sequence[int], by: User | None = None) -> int:
    """Takes people out of a journey, with their queued messages. Returns how many were inside."""
    held = locked(journey)
    mine = list(Enrollment.objects.filter(journey=held, pk__in=enrollment_ids).values_list("pk", flat=True))
    hold_people("id", mine)
    ended = end(held.workspace, dict.fromkeys(mine, "removed"))
    audit(held, "journey.exit", by, count=ended)
    return ended


@again_after_deadlock
@transaction.atomic
def retry_parked(*, journey: Journey, enrollment_ids: Sequence[int] | None = None, by: User | None = None) -> int:
    """Lets stuck people try their step again; None: all of them. Returns how many."""
    held = locked(journey)
    stuck = Enrollment.objects.filter(journey=held, state=Enrollment.State.PARKED)
    if enrollment_ids is not None:
        stuck = stuck.filter(pk__in=enrollment_ids)
    hold_people("id", list(stuck.values_list("pk", flat=True)))
    count = stuck.update(state=Enrollment.State.ACTIVE, due_at=AT_ONCE, reason="", error="", steps_today=0)
    audit(held, "journey.retry", by, count=count)
    return count


def _set_state(journey: Journey, state: str) -> None:
    journey.state, journey.changed_at = state, clock.now()
    journey.save(update_fields=["state", "changed_at"])


def _let_messages_go(journey: Journey) -> None:
    for step_id in journey.steps.filter(kind="send").values_list("pk", flat=True):
        resume_origin(workspace=journey.workspace, origin_kind=ORIGIN, origin_id=step_id)
