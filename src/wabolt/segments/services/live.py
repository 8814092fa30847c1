"""Begins and ends keeping the members of a segment."""

from collections.abc import Iterable

from django.db import DataError, ProgrammingError, connection, transaction

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts.services import ensure_consumers
from wabolt.lib import clock, jobs
from wabolt.segments.models import LiveDeparture, LiveMember, LiveReason, LiveSegment, Segment

FAULTS = (DataError, ProgrammingError)
"""Errors that are the fault of a segment's SQL, not of the database."""
TEND = "segments.tend_live"
"""The name of the job that runs passes."""


@transaction.atomic
def keep_live(*, segment: Segment, reason: str = LiveReason.MEMBER, by: User | None = None) -> None:
    """Keep the members of the segment from now on, and record `segment_entered` and `segment_left` for each contact
    that enters or leaves it. Safe to call again.

    `reason`: who needs it, such as "journey:12" (`registry.register_live_use`). The segment is live until `end_live`
    was called for each reason. The contacts that are in it already have no events: they are found by a pass in the
    background, and `queries.live_state` says how far it is. `by`: the member who turned the switch on.
    """
    _reason, is_new = LiveReason.objects.get_or_create(segment=segment, reason=reason)
    if is_new and by is not None:
        _audit(segment, "segment.keep_live", by)
    ensure_consumers()  # It reads all events from now on, so no change behind the pass is missed.
    LiveSegment.objects.get_or_create(segment=segment, defaults={"workspace_id": segment.workspace_id})
    jobs.defer(TEND, once=TEND)


@transaction.atomic
def end_live(*, segment: Segment, reason: str = LiveReason.MEMBER, by: User | None = None) -> None:
    """Take back one reason of `keep_live`. Without a reason the members are forgotten, and nothing is recorded about
    them any more."""
    live = lock_live([segment.pk])
    taken, _each = LiveReason.objects.filter(segment=segment, reason=reason).delete()
    if taken and by is not None:
        _audit(segment, "segment.end_live", by)
    if live and not LiveReason.objects.filter(segment=segment).exists():
        forget_members(segment=segment)
        live[0].delete()


def lock_live(ids: Iterable[int]) -> list[LiveSegment]:
    """Lock live segments until the transaction ends, in the order of their ids. What they ask for must be read after
    this call: it may have waited for a change of the segment."""
    found = LiveSegment.objects.select_for_update(no_key=True).filter(pk__in=list(ids))
    return list(found.order_by("pk"))


def evaluate_again(*, segment: Segment) -> None:
    """Have a changed segment evaluated whole, if it is live; in the transaction of the change."""
    for live in lock_live([segment.pk]):
        live.meaning = live.pass_meaning = ""
        live.pass_after, live.is_quiet, live.check_at = 0, True, clock.now()
        live.save()
        jobs.defer(TEND, once=TEND)


def note_broken(live: LiveSegment) -> None:
    """Note that the conditions of a live segment (locked) ask for something that no longer exists. Its members stay as
    they are and are not read. `tend_live` looks again."""
    live.meaning = live.pass_meaning = ""
    live.pass_after, live.is_broken = 0, True
    live.save(update_fields=["meaning", "pass_meaning", "pass_after", "is_broken"])


def evaluate_workspaces_again(workspaces: Iterable[Workspace] | None = None) -> None:
    """Have all live segments evaluated whole, of these workspaces or (None) of all, after changes without events."""
    found = LiveSegment.objects.all() if workspaces is None else LiveSegment.objects.filter(workspace__in=workspaces)
    found.update(meaning="", pass_meaning="", pass_after=0, check_at=clock.now())


def forget_members(*, segment: Segment) -> None:
    """Delete the members of a segment, in the caller's transaction."""
    lock_live([segment.pk])
    with connection.cursor() as cursor:
        for model in (LiveMember, LiveDeparture):
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE segment_id = %s", [segment.pk])


def _audit(segment: Segment, action: str, by: User) -> None:
    target = ("segment", segment.pk)
    record_audit(workspace=segment.workspace, actor=by, action=action, target=target, data={"name": segment.name})
