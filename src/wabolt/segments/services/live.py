"""Makes segments live, and ends that."""

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
    """Keeps the members of the segment from now on, and records `segment_entered` and `segment_left` for each contact
    that enters or leaves it. Safe to call again.

    `reason`: its use, such as "journey:12" (`registry.register_live_use`). The segment is live until `end_live`
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
    """Removes one reason of `keep_live`. With the last reason the members are deleted, and no more events are
    recorded."""
    live = lock_live([segment.pk])
    taken, _each = LiveReason.objects.filter(segment=segment, reason=reason).delete()
    if taken and by is not None:
        _audit(segment, "segment.end_live", by)
    if live and not LiveReason.objects.filter(segment=segment).exists():
        forget_members(segment=segment)
        live[0].delete()


def lock_live(ids: Iterable[int]) -> list[LiveSegment]:
    """Locks live segments until the end of the transaction, in the order of their ids. Callers read the conditions
    after this call, because it may have waited for a change of them."""
    found = LiveSegment.objects.select_for_update(no_key=True).filter(pk__in=list(ids))
    return list(found.order_by("pk"))


def evaluate_again(*, segment: Segment) -> None:
    """Schedules a full evaluation of a changed segment if it is live, in the transaction of the change."""
    for live in lock_live([segment.pk]):
        live.meaning = live.pass_meaning = ""
        live.pass_after, live.is_quiet, live.check_at = 0, True, clock.now()
        live.save()
        jobs.defer(TEND, once=TEND)


def note_broken(live: LiveSegment) -> None:
    """Marks a live segment (locked) as broken: its conditions refer to something that no longer exists. Its members
    stay and are not read. `tend_live` checks it again."""
    live.meaning = live.pass_meaning = ""
    live.pass_after, live.is_broken = 0, True
    live.save(update_fields=["meaning", "pass_meaning", "pass_after", "is_broken"])


def evaluate_workspaces_again(workspaces: Iterable[Workspace] | None = None) -> None:
    """Schedules a full evaluation of all live segments of these workspaces (None: all) after changes without events."""
    found = LiveSegment.objects.all() if workspaces is None else LiveSegment.objects.filter(workspace__in=workspaces)
    found.update(meaning="", pass_meaning="", pass_after=0, check_at=clock.now())


def forget_members(*, segment: Segment) -> None:
    """Deletes the members of a segment, in the caller's transaction."""
    lock_live([segment.pk])
    with connection.cursor() as cursor:
        for model in (LiveMember, LiveDeparture):
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE segment_id = %s", [segment.pk])


def _audit(segment: Segment, action: str, by: User) -> None:
    target = ("segment", segment.pk)
    record_audit(workspace=segment.workspace, actor=by, action=action, target=target, data={"name": segment.name})
