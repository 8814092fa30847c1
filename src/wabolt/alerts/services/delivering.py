"""Sending deliveries: a durable queue with leases.

The attempt is committed before the call. A process that dies in between leaves a delivery whose lease ends, and another
process sends it again: push and e-mail arrive at least once. Both carry the same identifier each time, so a browser
replaces the earlier notification and a mail program recognises the repeated message.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import translation

from wabolt.alerts import rules
from wabolt.alerts.models import Alert, Delivery
from wabolt.alerts.registry import AlertChannel, Item, Letter, Result, channel_of, channels, kind_of
from wabolt.lib import clock, jobs

log = logging.getLogger(__name__)

LETTERS = 5
"""Letters that one job sends. With the limit of a call (`lib.outgoing`) slow servers hold one slot of the worker for
less than two minutes, and their sending ends before the lease."""
_LOCK = "alerts.deliver"
LEASE = timedelta(minutes=10)
_waits = clock.Waits()
_GONE = Q(alert__resolved_at__isnull=False) | Q(alert__acknowledged_at__isnull=False)


def queue_due() -> None:
    """Queues one job for each channel with due deliveries. The jobs run one after another and send a few letters each,
    so that a slow channel neither takes all slots of the worker nor holds up the other channels for long."""
    for channel in channels():
        if _due(channel.key)[0].exists():
            jobs.defer("alerts.deliver", once=f"{_LOCK}.{channel.key}", lock=_LOCK, channel=channel.key)


def deliver_due(*, channel: str) -> int:
    """Sends due deliveries of a channel, at most LETTERS letters. Returns the number of letters."""
    carrier = channel_of(channel)
    if carrier is None:
        return 0
    claimed = _claim(carrier)
    for rows in claimed:
        _settle(rows, _send(carrier, rows))
    return len(claimed)


def _due(channel: str) -> tuple[QuerySet[Delivery], dict[int, datetime]]:
    """The due deliveries of a channel, and those that were attempted before: {id: due_at}.

    The first attempt may wait for the end of quiet hours, a moment of the wall clock. An attempt that was due at once,
    by a clock that was set back since, is due. Later attempts and leases are waits: a wall clock that is set does not
    change them.
    """
    now = clock.now()
    waiting = Delivery.objects.filter(channel=channel, state=Delivery.State.WAITING)
    attempted = waiting.filter(attempts__gt=0).values_list("pk", "due_at")
    again = {pk: due_at for pk, due_at in attempted if _waits.is_over(due_at)}
    at_once = Q(created_at__gt=now + clock.AHEAD, due_at__lte=F("created_at"))
    return waiting.filter(Q(attempts=0) & (Q(due_at__lte=now) | at_once) | Q(pk__in=again)), again


def _send(carrier: AlertChannel, rows: list[Delivery]) -> Result:
    """Composes and sends one letter. An error in either is the end of this attempt and stops no other letter."""
    try:
        letter = _letter(rows)
        with translation.override(letter.language):
            return carrier.send(letter)
    except Exception:
        log.exception("alerts: the channel %s failed", carrier.key)
        return Result("later", "error")


@transaction.atomic
def _claim(carrier: AlertChannel) -> list[list[Delivery]]:
    """Takes due deliveries. Returns those of each letter: a member and target get one, and several are a digest."""
    now = clock.now()
    waiting, again = _due(carrier.key)
    waiting.filter(_GONE).update(state=Delivery.State.CANCELLED, ended_at=now)
    due_rows = (
        waiting.select_for_update(skip_locked=True, of=("self",))
        .select_related("alert", "membership__user", "membership__workspace")
        .order_by("membership", "target", "pk")[: LETTERS * 10]
    )
    # not taken by another process meanwhile
    rows = [row for row in due_rows if not row.attempts or row.due_at == again[row.pk]]
    letters: list[list[Delivery]] = []
    refused: list[Delivery] = []
    for _member_and_target, group in groupby(rows, key=lambda row: (row.membership_id, row.target)):
        if len(letters) == LETTERS:
            break
        permitted, not_permitted = _by_permission(group)
        refused += not_permitted
        if permitted:
            letters.append(permitted)
    taken = [row for letter in letters for row in letter]
    # A lease of its own for each attempt: a process that lost it settles nothing (_settle compares `attempts`).
    Delivery.objects.filter(pk__in=[row.pk for row in taken]).update(attempts=F("attempts") + 1, due_at=now + LEASE)
    Delivery.objects.filter(pk__in=[row.pk for row in refused]).update(state=Delivery.State.CANCELLED, ended_at=now)
    _waits.begin(now + LEASE, LEASE)
    for row in taken:
        row.attempts += 1
    return letters


def _by_permission(rows: Iterable[Delivery]) -> tuple[list[Delivery], list[Delivery]]:
    """(deliveries that the member may still receive, deliveries to cancel). Those to cancel are of members who lost the
    role or are inactive, and of kinds that no room registers any more."""
    permitted: list[Delivery] = []
    not_permitted: list[Delivery] = []
    for row in rows:
        kind = kind_of(row.alert.kind)
        member, alert = row.membership, row.alert
        is_permitted = (
            kind is not None
            and member.user.is_active
            and kind.concerns(member.role, member.user_id, alert.subject, alert.data)
        )
        (permitted if is_permitted else not_permitted).append(row)
    return permitted, not_permitted


def _letter(rows: list[Delivery]) -> Letter:
    """The letter about these deliveries of one member and target. An alert that was announced twice while it waited is
    in it once."""
    membership = rows[0].membership
    alerts: dict[int, Alert] = {row.alert_id: row.alert for row in rows}
    language = membership.user.language or membership.workspace.language
    with translation.override(language):
        items = tuple(item_of(alert) for alert in alerts.values())
    return Letter(membership=membership, target=rows[0].target, key=str(rows[0].pk), language=language, items=items)


def item_of(alert: Alert) -> Item:
    """An alert in the active language. Its kind must be registered."""
    kind = kind_of(alert.kind)
    assert kind is not None
    outline = kind.outline(alert.subject, alert.data) if kind.outline else str(kind.label)
    return Item(
        alert_id=alert.pk, kind=alert.kind, subject=alert.subject, severity=kind.severity, label=str(kind.label),
        sentence=kind.sentence(alert.subject, alert.data), advice=kind.advice(alert.subject, alert.data),
        outline=outline, opened_at=alert.opened_at,
    )  # fmt: skip


@transaction.atomic
def _settle(rows: list[Delivery], result: Result) -> None:
    """Stores the result of an attempt, unless the lease ended and another process took the delivery."""
    now = clock.now()
    for row in rows:
        attempt = Delivery.objects.filter(pk=row.pk, state=Delivery.State.WAITING, attempts=row.attempts)
        if result.state == "sent":
            attempt.update(state=Delivery.State.SENT, ended_at=now, reason="")
            continue
        again = rules.retry_at(row.attempts, now, result.wait) if result.state == "later" else None
        if again is None:
            attempt.update(state=Delivery.State.FAILED, ended_at=now, reason=result.reason[:200])
            log.warning("alerts: delivery %s over %s failed: %s", row.pk, row.channel, result.reason)
        else:
            attempt.update(due_at=again, reason=result.reason[:200])
            _waits.begin(again, again - now)
