"""The report of a broadcast: funnel, revenue, comparison with the holdout, and course over time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from wabolt.analytics.queries.attribution import ATTRIBUTED, windows
from wabolt.analytics.rules import Comparison, Share
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import Progress, progress
from wabolt.consent.queries import NOT_SAID
from wabolt.contacts.queries import PHONE_SQL
from wabolt.messaging.models import Message

# One scan of the messages gives the funnel and the course: how many were sent and read in each step of time.
WENT = """
SELECT date_bin(%(step)s, sent_at, %(since)s), date_bin(%(step)s, read_at, %(since)s), state IN ('delivered', 'read'),
       count(*), min(sent_at), max(sent_at), min(id), max(id)
  FROM messaging_message
 WHERE origin_kind = 'broadcast' AND origin_id = %(broadcast)s AND (sent_at IS NOT NULL OR read_at IS NOT NULL)
 GROUP BY 1, 2, 3
"""
CAME = (
    ATTRIBUTED
    + """
SELECT bucket, sum(clicked)::bigint, sum(orders)::bigint, sum(total)::bigint
  FROM (
    SELECT date_bin(%(step)s, min(k.at), %(since)s) AS bucket, 1 AS clicked, 0 AS orders, 0 AS total
      FROM broadcasts_broadcast b
      JOIN messaging_trackedlink l ON l.content_id = b.content_id
      JOIN messaging_click k ON k.link_id = l.id AND NOT k.is_bot
     WHERE b.id = %(broadcast)s GROUP BY k.contact_id
    UNION ALL
    SELECT date_bin(%(step)s, greatest(ordered_at, %(since)s), %(since)s), 0, 1, total FROM attributed
  ) AS happened
 GROUP BY bucket
"""
)
# Begins at replies and opt-outs, which are fewer than the messages. The messages of a broadcast are stored together, so
# few other messages have an id between the first and the last one.
ANSWERS = """
SELECT (SELECT count(DISTINCT m.id)
          FROM messaging_message r
          JOIN messaging_message m ON m.id = r.in_reply_to_id
         WHERE r.in_reply_to_id BETWEEN %(first_id)s AND %(last_id)s
           AND m.origin_kind = 'broadcast' AND m.origin_id = %(broadcast)s),
       (SELECT count(DISTINCT m.id)
          FROM consent_consentevent e
          JOIN messaging_message m ON m.origin_kind = 'broadcast' AND m.origin_id = %(broadcast)s
           AND m.contact_id = e.contact_id AND e.at >= m.sent_at AND e.at < m.sent_at + %(window)s
         WHERE e.workspace_id = %(workspace)s AND e.purpose = 'marketing' AND e.action = 'withdrawn'
           AND e.at >= %(first)s AND e.at < %(last)s AND e.source <> ALL(%(not_said)s))
"""
BUYERS = """
SELECT r.outcome = 'held_out',
       count(*),
       count(*) FILTER (WHERE EXISTS (
             SELECT FROM commerce_order o WHERE o.contact_id = r.contact_id AND o.state = 'completed'
                AND o.ordered_at >= %(since)s AND o.ordered_at < %(until)s))
  FROM broadcasts_recipient r
 WHERE r.broadcast_id = %(broadcast)s AND r.outcome IN ('queued', 'held_out')
 GROUP BY 1
"""
ROWS = (
    ATTRIBUTED
    + f"""
SELECT c.id, c.name,
       {PHONE_SQL},
       CASE WHEN r.outcome = 'queued' THEN coalesce(m.state, 'queued') ELSE r.outcome END,
       coalesce(nullif(m.reason, ''), r.reason), m.sent_at, m.delivered_at, m.read_at,
       (SELECT min(k.at) FROM messaging_click k WHERE k.message_id = m.id AND NOT k.is_bot),
       a.orders, a.total
  FROM broadcasts_recipient r
  JOIN contacts_contact c ON c.id = r.contact_id
  LEFT JOIN messaging_message m
    ON m.origin_kind = 'broadcast' AND m.origin_id = r.broadcast_id AND m.contact_id = r.contact_id
  LEFT JOIN (SELECT contact_id, count(*) AS orders, sum(total)::bigint AS total FROM attributed GROUP BY 1) a
    ON a.contact_id = r.contact_id
 WHERE r.broadcast_id = %(broadcast)s
 ORDER BY r.id
"""
)


HOUR, FIRST_DAYS = timedelta(hours=1), timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a broadcast. `delivered` and `read` are lower bounds, because phones may withhold receipts.
    `revenue` is in the smallest unit of the workspace's currency."""

    progress: Progress
    delivered: int
    read: int
    clicked: int
    replied: int
    opted_out: int
    orders: int
    revenue: int
    comparison: Comparison | None

    @property
    def earned_per_message(self) -> int:
        return self.revenue // self.progress.sent if self.progress.sent else 0

    def share(self, count: int) -> Share:
        """Returns `count` as a share of the messages that were sent."""
        return Share(count, self.progress.sent)


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the course: the counts of the step of time that begins at `at`."""

    at: datetime
    sent: int
    read: int
    clicked: int
    orders: int
    revenue: int


@dataclass(slots=True)
class Activity:
    """The counts behind report and course. `hours`: the hours from `since` on in which something happened."""

    since: datetime
    hours: list[Step]
    delivered: int = 0
    read: int = 0
    clicked: int = 0
    replied: int = 0
    opted_out: int = 0


def _scope(broadcast: Broadcast) -> dict[str, Any]:
    return {
        "workspace": broadcast.workspace_id,
        "broadcast": broadcast.pk,
        "origin_kind": "broadcast",
        "origins": [broadcast.pk],
        **windows(),
        "window": timedelta(days=broadcast.attribution_days),
    }


def activity(broadcast: Broadcast) -> Activity:
    """Counts everything that report and course need, exactly, as of now."""
    begun = (broadcast.started_at or broadcast.created_at).astimezone(broadcast.workspace.tz)
    since = begun.replace(minute=0, second=0, microsecond=0)
    scope: dict[str, Any] = {**_scope(broadcast), "since": since, "step": HOUR}
    counts, hours = Activity(since, []), dict[datetime, list[int]]()
    with connection.cursor() as cursor:
        cursor.execute(WENT, scope)
        went = cursor.fetchall()
        for sent_in, read_in, delivered, count, *_bounds in went:
            for bucket, column in ((sent_in, 0), (read_in, 1)):
                if bucket is not None:
                    hours.setdefault(bucket, [0] * 5)[column] += count
            if sent_in is not None:
                counts.delivered += count if delivered else 0
                counts.read += count if read_in is not None else 0
        cursor.execute(CAME, scope)
        for bucket, clicked, orders, total in cursor.fetchall():
            hour = hours.setdefault(bucket, [0] * 5)
            hour[2:] = clicked, orders, total
            counts.clicked += clicked
        left = [row for row in went if row[0] is not None]
        if left:
            scope |= {"first": min(row[4] for row in left), "last": max(row[5] for row in left) + scope["window"]}
            scope |= {"first_id": min(row[6] for row in left), "last_id": max(row[7] for row in left)}
            cursor.execute(ANSWERS, {**scope, "not_said": list(NOT_SAID)})
            counts.replied, counts.opted_out = cursor.fetchone()
    counts.hours = [Step(at, *numbers) for at, numbers in sorted(hours.items())]
    return counts


def doubt_reasons(broadcast: Broadcast) -> list[str]:
    """Returns the reasons why messages of the broadcast are in the state "unknown", each once."""
    doubted = Message.objects.filter(origin_kind="broadcast", origin_id=broadcast.pk, state=Message.State.UNKNOWN)
    return sorted(set(doubted.values_list("reason", flat=True)) - {""})


def report(broadcast: Broadcast, done: Activity | None = None) -> Report:
    """Returns the report as of now, exact, in a few set-wise statements.

    `done`: the counts of `activity`, if the caller has them.
    """
    done = done or activity(broadcast)
    orders, revenue = sum(step.orders for step in done.hours), sum(step.revenue for step in done.hours)
    return Report(
        progress(broadcast), done.delivered, done.read, done.clicked, done.replied,
        done.opted_out, orders, revenue, _compare(broadcast),
    )  # fmt: skip


def _compare(broadcast: Broadcast) -> Comparison | None:
    """Compares the buyers among the recipients with the buyers among the holdout over the same days. None without a
    holdout."""
    if not broadcast.holdout_percent or broadcast.started_at is None:
        return None
    until = (broadcast.finished_at or broadcast.started_at) + timedelta(days=broadcast.attribution_days)
    shares = {True: Share(0, 0), False: Share(0, 0)}
    with connection.cursor() as cursor:
        cursor.execute(BUYERS, {"broadcast": broadcast.pk, "since": broadcast.started_at, "until": until})
        for held_out, total, buyers in cursor.fetchall():
            shares[held_out] = Share(buyers, total)
    return Comparison(shares[False], shares[True])


def course(broadcast: Broadcast, now: datetime, done: Activity | None = None) -> list[Step]:
    """Returns the broadcast over time in even steps, empty ones included.

    The steps are hours of the first two days if most messages were read in that time, otherwise local days. `done`: the
    counts of `activity`, if the caller has them.
    """
    if broadcast.started_at is None:
        return []
    done = done or activity(broadcast)
    tz, since, hours = broadcast.workspace.tz, done.since, done.hours
    early = [step for step in hours if step.at < since + FIRST_DAYS]
    if now - since <= FIRST_DAYS or sum(step.read for step in early) * 5 >= sum(step.read for step in hours) * 4:
        return _evenly(early, since, HOUR)
    days: dict[datetime, list[Step]] = {}
    for step in hours:
        days.setdefault(step.at.astimezone(tz).replace(hour=0), []).append(step)
    summed = [
        Step(day, *(sum(numbers) for numbers in zip(*map(_numbers, steps), strict=True))) for day, steps in days.items()
    ]
    return _evenly(summed, since.replace(hour=0), timedelta(days=1))


def _numbers(step: Step) -> tuple[int, int, int, int, int]:
    return step.sent, step.read, step.clicked, step.orders, step.revenue


def _evenly(steps: list[Step], since: datetime, width: timedelta) -> list[Step]:
    """Returns the steps from `since` to the last step with a count, and empty steps between them."""
    known = {step.at: step for step in steps}
    last = max(known, default=since)
    count = (last - since) // width + 1
    return [known.get(at, Step(at, 0, 0, 0, 0, 0)) for at in (since + width * number for number in range(count))]


def recipient_rows(broadcast: Broadcast) -> Iterator[tuple[Any, ...]]:
    """Streams one row per recipient for an export: contact id, name, phone, state, reason, sent, delivered, read, first
    click, orders, revenue."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(ROWS, _scope(broadcast))
        while rows := cursor.fetchmany(2000):
            yield from rows
