"""A broadcast on its way: schedule, start, pause, resume, cancel."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from wabolt.accounts.models import User, Workspace
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import hours_of, preview
from wabolt.broadcasts.rules import LONGEST, is_too_late
from wabolt.broadcasts.services.common import ORIGIN, audience_changed, back_to_draft, check_ready, hold_late, move
from wabolt.broadcasts.services.common import locked as lock
from wabolt.lib import clock, jobs
from wabolt.lib.errors import DomainError
from wabolt.messaging.services import cancel_queued, pause_origin, resume_origin

State = Broadcast.State


@transaction.atomic
def schedule(*, broadcast: Broadcast, at: datetime, by: User | None = None) -> Broadcast:
    """Lets the broadcast start by itself at `at` (aware), as long as `by` may send broadcasts.

    Raises DomainError for a time in the past or more than a year ahead, or as `start` does.
    """
    check_ready(lock(broadcast))
    if at <= clock.now():
        raise DomainError(_("That moment has already passed. Choose a later one."), code="past", field="scheduled_at")
    if at > clock.now() + LONGEST:
        raise DomainError(_("Choose a time within the next year."), code="far", field="scheduled_at")
    locked = move(broadcast, State.SCHEDULED, scheduled_at=at, scheduled_by=by, problem="")
    jobs.defer("broadcasts.start_scheduled", at=at, broadcast_id=locked.pk, scheduled_at=at.isoformat())
    return locked


@transaction.atomic
def unschedule(*, broadcast: Broadcast) -> Broadcast:
    """Makes a scheduled broadcast a draft again, to be changed. Raises DomainError for any other."""
    return move(broadcast, State.DRAFT, only=State.SCHEDULED, scheduled_at=None, scheduled_by=None)


@transaction.atomic
def unschedule_of_member(*, workspace: Workspace, user: User) -> int:
    """Makes the scheduled broadcasts of a member who may no longer send broadcasts drafts again. Returns how many."""
    with override(workspace.language):
        problem = _("The person who scheduled this may no longer send broadcasts. Check it, then send it yourself.")
        found = Broadcast.objects.filter(workspace=workspace, state=State.SCHEDULED, scheduled_by=user)
        for broadcast in found:
            move(broadcast, State.DRAFT, scheduled_at=None, scheduled_by=None, problem=str(problem))
    return len(found)


@transaction.atomic
def start(*, broadcast: Broadcast, promised: int | None = None) -> Broadcast:
    """Hands the broadcast to a worker that freezes its audience and starts sending. Starting twice starts once.

    `promised`: how many people the member was told would get it; None if nobody was told a number. Another number is
    not sent to without asking again.

    Raises DomainError "no_segment" for a draft whose segment was deleted, "no_channel" when its number was archived,
    "audience_changed" if another number of people would get it now.
    """
    locked = lock(broadcast)
    if locked.state in {State.FREEZING, State.RUNNING}:
        return locked
    check_ready(locked)
    if promised is not None and (will := preview(locked).will) != promised:
        raise audience_changed(promised, will)
    locked = move(locked, State.FREEZING, started_at=clock.now(), problem="", promised=promised)
    jobs.defer("broadcasts.freeze", broadcast_id=locked.pk, once=f"freeze-{locked.pk}")
    return locked


@transaction.atomic
def start_if_due(*, broadcast_id: int, scheduled_at: datetime) -> None:
    """Starts the broadcast if it still waits for exactly this moment; a changed plan has a job of its own. One that
    comes far too late (the machine was off for days) is paused instead, and its page says why."""
    waiting = Broadcast.objects.select_for_update(of=("self",)).select_related("workspace", "channel")
    found = waiting.filter(pk=broadcast_id, state=State.SCHEDULED, scheduled_at=scheduled_at).first()
    if found is None:
        return
    with override(found.workspace.language):
        if is_too_late(scheduled_at, clock.now(), hours_of(found)):
            hold_late(found)
            return
        try:
            start(broadcast=found)
        except DomainError as error:
            back_to_draft(found, error)


@transaction.atomic
def pause(*, broadcast: Broadcast) -> Broadcast:
    """Stops sending before the next batch; a scheduled broadcast does not start while it is paused."""
    locked = move(broadcast, State.PAUSED)
    pause_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    return locked


@transaction.atomic
def resume(*, broadcast: Broadcast) -> Broadcast:
    """Goes on with what is still queued; one that had not begun waits for its moment again, or begins."""
    locked = lock(broadcast)
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
    """Ends the broadcast; what has not been attempted will not be, nor what a vendor gives back from now on."""
    locked = move(broadcast, State.CANCELLED, finished_at=clock.now())
    pause_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    cancel_queued(workspace=locked.workspace, origin=(ORIGIN, locked.pk), reason="broadcast_cancelled")
    return locked
