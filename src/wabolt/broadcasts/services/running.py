"""Schedule, start, pause, resume and cancel."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from wabolt.accounts.models import User, Workspace
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import hours_of, preview
from wabolt.broadcasts.rules import LONGEST, is_too_late
from wabolt.broadcasts.services.common import (
    ORIGIN,
    audience_changed,
    audit,
    back_to_draft,
    check_ready,
    move,
    pause_late,
)
from wabolt.broadcasts.services.common import locked as lock
from wabolt.lib import clock, jobs
from wabolt.lib.errors import DomainError
from wabolt.messaging.services import cancel_queued, pause_origin, resume_origin

State = Broadcast.State


@transaction.atomic
def schedule(*, broadcast: Broadcast, at: datetime, by: User | None = None) -> Broadcast:
    """Schedules the broadcast for `at` (aware), as long as `by` may send broadcasts.

    Raises DomainError for a time in the past or more than a year ahead, and as `start`.
    """
    check_ready(lock(broadcast))
    if at <= clock.now():
        raise DomainError(_("That moment has already passed. Choose a later one."), code="past", field="scheduled_at")
    if at > clock.now() + LONGEST:
        raise DomainError(_("Choose a time within the next year."), code="far", field="scheduled_at")
    locked = move(broadcast, State.SCHEDULED, scheduled_at=at, scheduled_by=by, problem="")
    audit(locked, "broadcast.schedule")
    jobs.defer("broadcasts.start_scheduled", at=at, broadcast_id=locked.pk, scheduled_at=at.isoformat())
    return locked


@transaction.atomic
def unschedule(*, broadcast: Broadcast) -> Broadcast:
    """Makes a scheduled broadcast a draft again. Returns it. Raises DomainError for any other state."""
    audit(broadcast, "broadcast.unschedule")
    return move(broadcast, State.DRAFT, only=State.SCHEDULED, scheduled_at=None, scheduled_by=None)


@transaction.atomic
def unschedule_of_member(*, workspace: Workspace, user: User) -> int:
    """Makes the scheduled broadcasts of a member who may no longer send drafts again. Returns their number."""
    with override(workspace.language):
        problem = _("The person who scheduled this may no longer send broadcasts. Check it, then send it yourself.")
        found = Broadcast.objects.filter(workspace=workspace, state=State.SCHEDULED, scheduled_by=user)
        for broadcast in found:
            move(broadcast, State.DRAFT, scheduled_at=None, scheduled_by=None, problem=str(problem))
            audit(broadcast, "broadcast.unschedule")
    return len(found)


@transaction.atomic
def start(*, broadcast: Broadcast, promised: int | None = None) -> Broadcast:
    """Starts the broadcast: a worker freezes its audience and queues the messages. Starting twice starts once.

    `promised` is the number of recipients that the member saw (None: no number was shown); another number is not sent
    to without a new confirmation. Raises DomainError "no_segment" if the segment was deleted, "no_channel" if the
    channel was archived, "audience_changed" if the number of recipients changed.
    """
    locked = lock(broadcast)
    if locked.state in {State.FREEZING, State.RUNNING}:
        return locked
    check_ready(locked)
    if promised is not None and (count := preview(locked).recipients) != promised:
        raise audience_changed(promised, count)
    locked = move(locked, State.FREEZING, started_at=clock.now(), problem="", promised=promised)
    audit(locked, "broadcast.start")
    jobs.defer("broadcasts.freeze", broadcast_id=locked.pk, once=f"freeze-{locked.pk}")
    return locked


@transaction.atomic
def start_if_due(*, broadcast_id: int, scheduled_at: datetime) -> None:
    """Starts the broadcast if it is still scheduled for this time; a changed time has a job of its own.

    A broadcast that is far too late (the machine was off) is paused, and its page shows the reason.
    """
    waiting = Broadcast.objects.select_for_update(of=("self",)).select_related("workspace", "channel")
    due = waiting.filter(pk=broadcast_id, state=State.SCHEDULED, scheduled_at=scheduled_at).first()
    if due is None:
        return
    with override(due.workspace.language):
        if is_too_late(scheduled_at, clock.now(), hours_of(due)):
            pause_late(due)
            return
        try:
            start(broadcast=due)
        except DomainError as error:
            back_to_draft(due, error)


@transaction.atomic
def pause(*, broadcast: Broadcast) -> Broadcast:
    """Pauses before the next batch. A paused scheduled broadcast does not start."""
    locked = move(broadcast, State.PAUSED)
    pause_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    audit(locked, "broadcast.pause")
    return locked


@transaction.atomic
def resume(*, broadcast: Broadcast) -> Broadcast:
    """Continue with the queued messages; a broadcast that had not begun waits for its time again or starts."""
    locked = lock(broadcast)
    audit(locked, "broadcast.resume")
    if locked.content_id is None:
        resume_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
        if locked.scheduled_at and locked.scheduled_at > clock.now():
            return schedule(broadcast=locked, at=locked.scheduled_at, by=locked.scheduled_by)
        return start(broadcast=locked)
    locked = move(locked, State.RUNNING, problem="", resumed_at=clock.now())
    resume_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    return locked


@transaction.atomic
def cancel(*, broadcast: Broadcast) -> Broadcast:
    """Cancels the broadcast: no further attempt, also for messages that the provider returns later."""
    locked = move(broadcast, State.CANCELLED, finished_at=clock.now())
    pause_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    cancel_queued(workspace=locked.workspace, origin=(ORIGIN, locked.pk), reason="broadcast_cancelled")
    audit(locked, "broadcast.cancel")
    return locked
