"""The record of a run. The process that makes the backup calls these functions while it holds the lease."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from wabolt.backups import rules
from wabolt.backups.models import BackupCopy, BackupRun
from wabolt.lib import clock

State = BackupRun.State
HISTORY_DAYS = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """The facts of a backup. `wanted`: the number of places. `untested`: None if it was restored into a scratch
    database and every row was counted; otherwise the reason (a key of words.REASONS, detail)."""

    made_at: datetime
    size: int
    sha256: str
    contacts: int
    wanted: int
    untested: tuple[str, str] | None = None


def close_stale_runs() -> None:
    """Closes the runs of processes that were killed."""
    BackupRun.objects.filter(state=State.RUNNING).update(state=State.FAILED, reason="interrupted", ended_at=clock.now())


def begin_run(*, mark: str, token: int) -> BackupRun:
    """Notes the start of a run; `name` is the name of its file."""
    now = clock.now()
    return BackupRun.objects.create(name=rules.file_name(mark, now), token=token, started_at=now)


def note_progress(*, run: BackupRun, step: str, done: int, total: int) -> None:
    """Notes how far a run is, for the page."""
    BackupRun.objects.filter(pk=run.pk, state=State.RUNNING).update(step=step, done=done, total=total)


@transaction.atomic
def finish_run(*, run: BackupRun, outcome: Outcome, removed: dict[str, set[str]]) -> None:
    """Closes a run. It has failed if no place has a copy, and is complete if every place has one. A run with a copy is
    good if the file was tested.

    `removed`: the names of files that the rule deleted, by place.
    """
    good = run.copies.filter(is_good=True).count()
    failed = run.copies.filter(is_good=False).order_by("pk").first()
    reason, detail = (failed.reason, failed.detail) if failed else outcome.untested or ("", "")
    tested = State.UNTESTED if outcome.untested else State.GOOD
    BackupRun.objects.filter(pk=run.pk).update(
        state=tested if good else State.FAILED,
        ended_at=clock.now(),
        made_at=outcome.made_at,
        size=outcome.size,
        sha256=outcome.sha256,
        contacts=outcome.contacts,
        is_complete=good >= outcome.wanted,
        reason=reason,
        detail=detail,
    )
    for place, names in removed.items():
        BackupCopy.objects.filter(place=place, run__name__in=names).delete()
    _forget_old_runs()


def fail_run(*, run: BackupRun, reason: str, detail: str = "") -> None:
    """Closes a run without a backup."""
    BackupRun.objects.filter(pk=run.pk, state=State.RUNNING).update(
        state=State.FAILED, reason=reason, detail=detail[:300], ended_at=clock.now()
    )


def _forget_old_runs() -> None:
    """Deletes the record of old runs that left no copy."""
    before = clock.now() - timedelta(days=HISTORY_DAYS)
    BackupRun.objects.filter(started_at__lt=before, copies=None).exclude(state=State.RUNNING).delete()
