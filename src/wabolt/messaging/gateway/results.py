"""Commits the outcomes of a batch in sets. It is correct for any state that the messages have reached
since the claim."""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from wabolt.channels.models import Channel
from wabolt.channels.registry import Accepted, Ambiguous, Later, Outcome, Refused
from wabolt.contacts.services import note_on_whatsapp
from wabolt.lib import clock, metrics
from wabolt.lib.lease import Lease
from wabolt.lib.log_lines import log_event
from wabolt.lib.sql import statement
from wabolt.messaging.gateway.claim import Ready
from wabolt.messaging.gateway.sql import execute, moments, numbers, texts
from wabolt.messaging.inbound.services.receipts import NewReceipt, match_waiting_receipts, settle_receipts
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.outbox.services.lanes import pause_for_warning
from wabolt.messaging.store.services import update_conversations

log = logging.getLogger(__name__)

# `unknown` too: another holder may have set it while our outcome was on its way. A message that a receipt has settled
# keeps its state and only gets its provider id and time.
# The same statement writes the event: reading every row back first was slower than the insert itself.
_ACCEPTED = statement(__file__, "accept")
_ENDED = """
    UPDATE messaging_message m SET state = v.state, reason = v.reason, detail = v.detail,
        provider_id = coalesce(m.provider_id, v.provider_id)
    FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(details)s::text[],
        %(provider_ids)s::text[]) AS v (id, state, reason, detail, provider_id)
    WHERE m.id = v.id AND m.lane_token = %(token)s AND m.state IN ('sending', 'unknown')
"""
_BACK = """
    UPDATE messaging_message m SET state = 'queued', lane_token = NULL, attempted_at = NULL,
        reason = CASE WHEN v.not_before IS NULL THEN '' ELSE 'retry' END,
        text = CASE WHEN m.content_id IS NULL THEN m.text ELSE '' END, not_before = v.not_before
    FROM unnest(%(ids)s::bigint[], %(not_befores)s::timestamptz[]) AS v (id, not_before)
    WHERE m.id = v.id AND m.lane_token = %(token)s AND m.state IN ('sending', 'unknown')
    RETURNING m.purpose
"""


@dataclass(slots=True)
class SortedOutcomes:
    """The outcomes of one batch, by what has to be done about them."""

    accepted: list[tuple[int, str, datetime]] = field(default_factory=list)
    ended: list[tuple[int, str, str, str, str | None]] = field(default_factory=list)
    back: list[tuple[int, datetime | None]] = field(default_factory=list)
    held: list[NewReceipt] = field(default_factory=list)
    """Failed attempts that the vendor allows to repeat; handled like `failed` receipts."""
    rest: timedelta | None = None
    hold: tuple[timedelta, str] | None = None
    """Duration of the pause that the vendor imposed, and the vendor's code for it."""


def sort_outcomes(ready: Sequence[Ready], outcomes: Sequence[Outcome], now: datetime) -> SortedOutcomes:
    """Sorts the outcomes. A message without an outcome was certainly not sent and is queued again. Pure."""
    outcomes_by_kind = SortedOutcomes()
    for item, outcome in zip(ready, outcomes, strict=False):
        match outcome:
            case Accepted(provider_id, at):
                outcomes_by_kind.accepted.append((item.message_id, provider_id, at))
            case Refused(code, detail, resend_after=timedelta() as resend_after):
                outcomes_by_kind.held.append(_held(item, f"{code} {detail}", now, resend_after))
            case Refused(code, detail, hold):
                outcomes_by_kind.ended.append((item.message_id, "failed", code, detail, None))
                if hold is not None:
                    outcomes_by_kind.hold = max(outcomes_by_kind.hold or (hold, code), (hold, code))
            case Ambiguous(detail, provider_id):
                outcomes_by_kind.ended.append((item.message_id, "unknown", "ambiguous", detail, provider_id))
            case Later(_, retry_after, whole_lane):
                outcomes_by_kind.back.append((item.message_id, now + retry_after))
                if whole_lane:
                    outcomes_by_kind.rest = max(outcomes_by_kind.rest or retry_after, retry_after)
    outcomes_by_kind.back += [(item.message_id, None) for item in ready[len(outcomes) :]]
    return outcomes_by_kind


def _held(item: Ready, detail: str, now: datetime, resend_after: timedelta) -> NewReceipt:
    """A failed attempt without a provider id, under an id of ours: attempts are counted by their ids."""
    name = f"refused:{item.message_id}:{now:%Y%m%dT%H%M%S.%f}"
    return NewReceipt(name, "failed", now, detail, str(item.message_id), resend_after)


def commit_outcomes(
    channel: Channel, lease: Lease, ready: Sequence[Ready], outcomes: Sequence[Outcome], waits: clock.Waits
) -> None:
    """Commits the outcomes of a batch in one transaction: states, events, conversations, and the lane's backoff if the
    provider asked for one."""
    began, sorted_outcomes = time.monotonic(), sort_outcomes(ready, outcomes, clock.now())
    with transaction.atomic(durable=True):
        if sorted_outcomes.ended:
            ids, states, reasons, details, provider_ids = _columns(sorted_outcomes.ended)
            execute(
                _ENDED,
                {"ids": ids, "states": states, "reasons": [r[:40] for r in reasons], "details": details}
                | {"provider_ids": provider_ids, "token": lease.token},
            )
        if sorted_outcomes.accepted:
            _accepted(channel, lease, sorted_outcomes.accepted)
        give_back(channel, lease, sorted_outcomes.back)
        settle_receipts(channel=channel, receipts=sorted_outcomes.held)
        if sorted_outcomes.rest is not None:
            rest(channel, lease, sorted_outcomes.rest, waits)
        if refused := _refused_numbers(ready, outcomes):
            note_on_whatsapp(workspace=channel.workspace, answers=refused)
        if sorted_outcomes.hold is not None:
            length, code = sorted_outcomes.hold
            pause_for_warning(channel=channel, code=code, until=clock.now() + length)
    _count(channel, sorted_outcomes, began)


def _count(channel: Channel, outcomes: SortedOutcomes, began: float) -> None:
    """Counts and logs a committed batch."""
    results = Counter({"sent": len(outcomes.accepted), "retry": len(outcomes.back) + len(outcomes.held)})
    results.update(state for _id, state, _reason, _detail, _provider_id in outcomes.ended)
    for result, count in results.items():
        if count:
            metrics.sends.labels(str(channel.pk), result).inc(count)
    ms = round((time.monotonic() - began) * 1000)
    log_event(log, "send_batch", channel=channel.pk, size=results.total(), **results, commit_ms=ms)


def _refused_numbers(ready: Sequence[Ready], outcomes: Sequence[Outcome]) -> dict[str, bool | None]:
    """Phone numbers that do not exist, as the vendor says; stored with the identity."""
    pairs = zip(ready, outcomes, strict=False)
    return {
        item.outgoing.to: False
        for item, outcome in pairs
        if isinstance(outcome, Refused) and outcome.code == "wrong_number" and item.outgoing.to_kind == "phone"
    }


def give_back(channel: Channel, lease: Lease, back: Sequence[tuple[int, datetime | None]]) -> None:
    """Queues messages again that were certainly not sent: (id, not before)."""
    if not back:
        return
    ids, not_befores = _columns(back)
    rows = execute(_BACK, {"ids": ids, "not_befores": not_befores, "token": lease.token}).fetchall()
    promotions = sum(purpose == "marketing" for (purpose,) in rows)
    if promotions:
        lane = Lane.objects.filter(pk=channel.pk)
        lane.filter(sent_today__gte=promotions).update(sent_today=F("sent_today") - promotions)


def rest(channel: Channel, lease: Lease, pause: timedelta, waits: clock.Waits) -> None:
    """Makes the whole lane wait: the provider asked for it or is failing."""
    until = clock.now() + pause
    waits.begin(until, pause)
    Lane.objects.filter(pk=channel.pk, token=lease.token).update(retry_at=until)


def shift_retries(channel: Channel, by: timedelta) -> None:
    """Moves the retries of a lane along with a wall clock that was set (the lane's own waits are `clock.Waits`). They
    were durations when they began. Times of day (quiet hours, schedules) are not moved, and neither are times stored
    after the clock was set."""
    now = clock.now()
    execute(
        f"""
        UPDATE messaging_message SET not_before = not_before + %(by)s
         WHERE channel_id = %(channel)s AND state = 'queued' AND reason IN ('retry', 'number_check')
           AND not_before {"<= %(now)s" if by > timedelta(0) else ">= %(now)s - %(by)s"}
        """,
        {"by": by, "channel": channel.pk, "now": now},
    )


def _accepted(channel: Channel, lease: Lease, accepted: Sequence[tuple[int, str, datetime]]) -> None:
    ids, provider_ids, ats = _columns(accepted)
    values = {"ids": numbers(ids), "provider_ids": texts(provider_ids), "ats": moments(ats), "token": lease.token}
    message_ids = [row[0] for row in execute(_ACCEPTED, values)]
    update_conversations(message_ids=message_ids)
    match_waiting_receipts(channel=channel, provider_ids=provider_ids)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
