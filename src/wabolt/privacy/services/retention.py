"""Retention: removes data that is older than a shop keeps it. Off until the owner chooses a time for a class of data.

The night's pass works in batches, each in a transaction of its own together with the progress of the pass. A killed
process leaves whole batches; the next one goes on behind the last of them."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import Actor, record_audit
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.retention import RetentionClass, retention_classes
from wabolt.privacy.models import RetentionRule, RetentionRun
from wabolt.privacy.queries import cut, next_run

BATCH = 500
MOST_MONTHS = 120


@transaction.atomic
def save_rules(*, workspace: Workspace, months: Mapping[str, int | None]) -> dict[str, tuple[int | None, int | None]]:
    """Stores the times {key: months, None: keep}. Returns the changes, {key: (before, after)}.

    Raises DomainError "too_short" or "too_long" with the key as field.
    """
    stored = RetentionRule.objects.select_for_update().filter(workspace=workspace).order_by("pk")
    before = {rule.key: rule.months for rule in stored}
    changes: dict[str, tuple[int | None, int | None]] = {}
    for data in retention_classes():
        chosen = months.get(data.key)
        if chosen is not None and chosen < data.least_months:
            message = _("At least %(count)s months.") % {"count": data.least_months}
            raise DomainError(message, code="too_short", field=data.key)
        if chosen is not None and chosen > MOST_MONTHS:
            raise DomainError(_("At most 10 years."), code="too_long", field=data.key)
        if before.get(data.key) != chosen:
            changes[data.key] = (before.get(data.key), chosen)
            _store(workspace, data.key, chosen)
            told = {"data_class": data.key, "months": [before.get(data.key), chosen]}
            record_audit(workspace=workspace, action="retention.change", data=told)
    return changes


def run_due() -> int:
    """Runs the passes of all shops whose night has begun, and those that a killed process left. Returns the number of
    removed rows."""
    removed = 0
    classes = {data.key: data for data in retention_classes()}
    for rule in RetentionRule.objects.select_related("workspace").order_by("workspace", "key"):
        data = classes.get(rule.key)
        run = _run_of(rule) if data else None
        if data and run:
            removed += _work(rule.workspace, data, run)
    return removed


def _run_of(rule: RetentionRule) -> RetentionRun | None:
    """The unfinished pass; else a new one if no pass has started since the night began; None otherwise."""
    workspace, now = rule.workspace, clock.now()
    runs = RetentionRun.objects.filter(workspace=workspace, key=rule.key)
    open_run = runs.filter(finished_at=None).first()
    if open_run:
        return open_run
    night = next_run(workspace, now) - timedelta(days=1)
    if rule.created_at > night or runs.filter(started_at__gte=night).exists():
        return None
    try:
        with transaction.atomic():
            return RetentionRun.objects.create(workspace=workspace, key=rule.key, before=cut(now, rule.months))
    except IntegrityError:  # another worker has just begun
        return None


def _work(workspace: Workspace, data: RetentionClass, run: RetentionRun) -> int:
    removed = 0
    while True:
        step = _batch(workspace, data, run.pk)
        if step is None:
            return removed
        removed += step


@transaction.atomic
def _batch(workspace: Workspace, data: RetentionClass, run_id: int) -> int | None:
    """One batch; None when the pass is finished or belongs to another worker at this moment."""
    run = RetentionRun.objects.select_for_update(skip_locked=True).filter(pk=run_id, finished_at=None).first()
    if run is None:
        return None
    last, count = data.remove(workspace.pk, run.before, run.position, BATCH)
    run.removed += count
    if last is None:
        run.finished_at = clock.now()
        run.save(update_fields=["removed", "finished_at"])
        if run.removed:
            record_audit(
                workspace=workspace,
                actor=Actor("WABolt"),
                action="retention.run",
                data={"data_class": data.key, "count": run.removed},
            )
        return None
    run.position = last
    run.save(update_fields=["removed", "position"])
    return count


def _store(workspace: Workspace, key: str, months: int | None) -> None:
    if months is None:
        RetentionRule.objects.filter(workspace=workspace, key=key).delete()
        return
    values = {"months": months, "created_at": clock.now()}
    RetentionRule.objects.update_or_create(workspace=workspace, key=key, defaults=values)
