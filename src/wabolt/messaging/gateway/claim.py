"""Claiming a batch of a lane: the policy is asked again, and the attempt is committed before the provider is called."""

import logging
import random
from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from django.db import transaction
from psycopg.rows import namedtuple_row

from wabolt.channels.models import Channel
from wabolt.channels.queries import quiet_hours
from wabolt.channels.registry import Capabilities, Outgoing
from wabolt.channels.services import tell_resumed
from wabolt.contacts.queries import ADDRESS_SQL, address_kinds
from wabolt.lib import clock
from wabolt.lib.lease import Lease, LeaseLostError, elapsed
from wabolt.lib.sql import statement
from wabolt.messaging.gateway import checks
from wabolt.messaging.gateway.contents import Contents
from wabolt.messaging.gateway.lease import seconds
from wabolt.messaging.gateway.picking import Picker
from wabolt.messaging.gateway.sql import execute, numbers, texts
from wabolt.messaging.outbox import rules
from wabolt.messaging.outbox.facts import CONSENT_JOIN, PROMOTION_FACTS, RECENT
from wabolt.messaging.outbox.headroom import headroom
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.store.models import Message
from wabolt.personalization import queries as rendering

# An idle lane runs this again and again: two reads of partial indexes, no lock and no transaction.
_DUE = """
    SELECT EXISTS (SELECT FROM messaging_message WHERE channel_id = %(channel)s AND state = 'queued'
                   AND not_before IS NULL AND purpose = 'service' AND priority < 2),
           EXISTS (SELECT FROM messaging_message WHERE channel_id = %(channel)s AND state = 'queued'
                   AND not_before IS NULL)
           OR EXISTS (SELECT FROM messaging_message WHERE channel_id = %(channel)s AND state = 'queued'
                      AND not_before <= %(now)s)
"""
# A contact who is saying STOP right now holds the lock of the consent row and is skipped. A STOP that comes later waits
# for this claim to commit. So no promotion starts after a STOP is on record.
_HOLD_CONSENT = """
    SELECT k.contact_id FROM consent_consent k
    WHERE k.contact_id = ANY(%(contacts)s::bigint[]) AND k.purpose = 'marketing' AND k.state = 'granted'
    ORDER BY k.contact_id FOR SHARE SKIP LOCKED
"""
_FACTS = statement(__file__, "facts")
_OPEN = """EXISTS (SELECT FROM messaging_conversation w WHERE w.channel_id = m.channel_id
        AND w.contact_id = m.contact_id AND w.last_inbound_at > %(window_from)s)"""


def _statements(window: str) -> tuple[str, str]:
    """The statements that read the facts of promotions and of service messages."""
    names = ("consent", "suppressed", "doubted", "sent_day", "sent_week")
    facts = ", ".join(f"{PROMOTION_FACTS[name]} AS {name}" for name in names)
    joins = f"{CONSENT_JOIN} LEFT JOIN LATERAL ({RECENT}) r ON true"
    nothing = "NULL AS consent, false AS suppressed, false AS doubted, 0 AS sent_day, 0 AS sent_week"
    return (
        _FACTS.format(window=window, facts=facts, address=ADDRESS_SQL, joins=joins),
        _FACTS.format(window=window, facts=nothing, address=ADDRESS_SQL, joins=""),
    )


_ALWAYS, _WINDOWED = _statements("true"), _statements(_OPEN)
log = logging.getLogger(__name__)


class Ready(NamedTuple):
    """A claimed message, rendered for the provider."""

    outgoing: Outgoing
    message_id: int
    contact_id: int
    is_promotion: bool


@dataclass(slots=True)
class Claim:
    """The result of a claim: messages whose attempt is committed, and when to poll again."""

    ready: list[Ready] = field(default_factory=list)
    dropped: int = 0
    look_again: datetime | None = None


@dataclass(slots=True)
class Capacity:
    """The messages that a lane may claim now. `bulk` False: only messages that a customer waits for."""

    limit: int
    bulk: bool
    promotions: int
    look_again: datetime | None = None


def capacity_of(lane: Lane, capabilities: Capabilities, now: datetime) -> Capacity:
    """The capacity that pace, pauses, quiet hours and the daily cap leave."""
    channel = lane.channel
    closed = [
        until
        for until in (lane.retry_at, lane.resume_at if lane.paused_at else None)
        if until is not None and until > now
    ]
    if lane.is_paused(now) or closed or channel.state != Channel.State.CONNECTED:
        return Capacity(0, False, 0, max(closed, default=None))
    pace = pace_of(channel, capabilities)
    limit = rules.batch_size(pace)
    if lane.next_send_at is not None and lane.next_send_at > now:
        return Capacity(limit, False, 0, lane.next_send_at)
    tz = channel.workspace.tz
    quiet = rules.quiet_until(quiet_hours(channel), now)
    if quiet is not None:
        return Capacity(limit, True, 0, quiet)
    left = headroom(channel, lane, now).left
    return Capacity(limit, True, left, None if left else rules.next_day(tz, now))


def pace_of(channel: Channel, capabilities: Capabilities) -> int:
    """Messages per minute: the channel's setting, limited by the provider's maximum. 0: no limit."""
    ceiling = capabilities.max_messages_per_minute
    return (
        min(channel.messages_per_minute, ceiling)
        if channel.messages_per_minute and ceiling
        else (channel.messages_per_minute or ceiling)
    )


class Claimer:
    """Claims batches of one lane and keeps compiled contents between batches."""

    def __init__(self, lease: Lease, capabilities: Capabilities) -> None:
        self.lease = lease
        self.capabilities = capabilities
        self.kinds = address_kinds(capabilities.identity_kinds)
        self._contents = Contents(capabilities)
        self._picker = Picker(int(lease.key))
        self._promotion, self._service = _WINDOWED if capabilities.service_window else _ALWAYS
        self.waits = clock.Waits()
        self._chance = random.Random()  # noqa: S311 - an uneven pace, no secret

    def due(self) -> tuple[bool, bool]:
        """(whether a reply is due in this lane, whether any message is due)."""
        [(urgent, anything)] = execute(_DUE, {"channel": self.lease.key, "now": clock.now()})
        return urgent, anything

    def claim(self, limit: int | None = None) -> Claim:
        """Claims the next messages that may be sent, renders them and commits their attempts under our fencing token.

        Messages that may never be sent become `suppressed` or `failed`; expired ones become `cancelled`. Raises
        LeaseLostError when the lane is no longer ours.
        """
        started = elapsed()
        with transaction.atomic(durable=True):
            lane = self._own_lane()
            now = clock.now()
            capacity = capacity_of(self._awake(lane), self.capabilities, now)
            claim = Claim(look_again=capacity.look_again)
            if capacity.limit:
                if _wake(lane.pk, now):
                    self._picker.forget()
                rows = self._pick(lane, capacity, min(capacity.limit, limit or capacity.limit), now)
                self._decide(lane, capacity, rows, now, claim)
                self._commit_attempts(lane, claim, now)
        if claim.ready:
            self.lease.renewed(started, seconds())
        return claim

    def _awake(self, lane: Lane) -> Lane:
        """The lane, with its waits converted to the current wall clock."""
        seen = copy(lane)
        seen.next_send_at = self.waits.end_of(lane.next_send_at)
        seen.retry_at = self.waits.end_of(lane.retry_at)
        seen.resume_at = self.waits.end_of(lane.resume_at)
        return seen

    def _own_lane(self) -> Lane:
        lane = (
            Lane.objects.select_for_update(of=("self",), no_key=True)
            .select_related("channel__workspace")
            .filter(pk=int(self.lease.key), token=self.lease.token)
            .exclude(holder="")
            .first()
        )
        if lane is None:
            raise LeaseLostError
        return lane

    def _pick(self, lane: Lane, capacity: Capacity, limit: int, now: datetime) -> list[Any]:
        self._picker.look(lane.channel.workspace_id)
        priority = Message.Priority.BULK if capacity.bulk else Message.Priority.SERVICE
        ids = [message_id for message_id, _ in self._picker.pick("service", priority, limit)]
        day, week = rules.cap_windows(lane.channel.workspace.tz, now)
        facts = {"workspace": lane.channel.workspace_id, "kinds": self.kinds, "day": day, "week": week}
        if self.capabilities.service_window:
            facts["window_from"] = now - self.capabilities.service_window
        rows = (
            execute(self._service, facts | {"ids": numbers(ids)}, row_factory=namedtuple_row).fetchall() if ids else []
        )
        left = min(limit - len(ids), capacity.promotions)
        if capacity.bulk and left > 0:
            found = self._picker.pick("marketing", priority, left)
            if found:
                rows += self._promotions(found, facts)
        return rows

    def _promotions(self, found: Sequence[tuple[int, int]], facts: dict[str, Any]) -> list[Any]:
        """The facts of these promotions. The consents that allow them are locked until this transaction ends."""
        held = execute(_HOLD_CONSENT, {"contacts": numbers(contact_id for _, contact_id in found)}).fetchall()
        standing = {row[0] for row in held}
        ids = {"ids": numbers(message_id for message_id, _ in found)}
        rows = execute(self._promotion, facts | ids, row_factory=namedtuple_row).fetchall()
        return [row for row in rows if row.consent != "granted" or row.contact_id in standing]

    def _decide(self, lane: Lane, capacity: Capacity, rows: Sequence[Any], now: datetime, claim: Claim) -> None:
        channel = lane.channel
        self._contents.load({row.content_id for row in rows if row.content_id})
        self._contents.load_values(channel.workspace, rows)
        self._contents.files.next_batch()
        shop = rendering.shop_of(channel.workspace) if rows else None
        hours, limits = quiet_hours(channel), rules.Limits(channel.cap_per_day, channel.cap_per_week)
        doubts = checks.standings(lane.pk, self.capabilities, rows, now)
        taken: Counter[int] = Counter()
        dropped: list[tuple[int, str, str, str]] = []
        held: list[tuple[int, datetime]] = []
        for row in rows:
            if self._contents.is_over(row, now):
                dropped.append((row.id, "cancelled", rules.EXPIRED, ""))
                doubts.pop(row.id, None)
                continue
            # A batch may hold two promotions to one contact: the first one counts for the second.
            earlier = taken[row.contact_id]
            facts = _facts(row, hours, limits, earlier, capacity.promotions, self._contents.has_template(row))
            if self.capabilities.only_known_people and row.never_wrote:
                facts = replace(facts, never_wrote=True)
            decision = rules.may_send(facts, now)
            if not decision.allowed:
                _refuse(row.id, decision, dropped, held)
                doubts.pop(row.id, None)
                continue
            if row.id in doubts or not self._has_room(row):
                continue  # checked first, or too many bytes for one batch: a later turn claims it
            outgoing = self._rendered(row, cast("rendering.Shop", shop), dropped)
            if outgoing is None:
                continue
            is_promotion = row.purpose == Message.Purpose.MARKETING
            if is_promotion:
                taken[row.contact_id] += 1
                capacity.promotions -= 1
            claim.ready.append(Ready(outgoing, row.id, row.contact_id, is_promotion))
        self._settle_doubts(doubts, dropped, now, claim)
        claim.dropped += len(held) + len(dropped)
        _hold(held)
        _drop(dropped)

    def _rendered(self, row: Any, shop: rendering.Shop, dropped: list[tuple[int, str, str, str]]) -> Outgoing | None:
        """The rendered message; None if it cannot be rendered, and then it is added to `dropped`."""
        try:
            return self._contents.outgoing(row, shop)
        except rendering.RenderError as error:
            dropped.append((row.id, "failed", error.reason, error.detail))
        except Exception as error:  # one text that cannot be rendered must not block the others
            log.exception("message %s cannot be rendered", row.id)
            dropped.append((row.id, "failed", "render_failed", repr(error)[:500]))
        return None

    def _has_room(self, row: Any) -> bool:
        media_id = self._contents.media_id(row)
        return media_id is None or self._contents.files.has_room(media_id)

    def _settle_doubts(
        self, doubts: dict[int, str], dropped: list[tuple[int, str, str, str]], now: datetime, claim: Claim
    ) -> None:
        """Defers or ends messages whose number has to be checked (`checks`)."""
        ask = [message_id for message_id, standing in doubts.items() if standing == "ask"]
        dropped += [(pk, "suppressed", "wrong_number", "") for pk, standing in doubts.items() if standing == "absent"]
        checks.put_off(ask, now)
        claim.dropped += len(ask)
        if "full" in doubts.values():
            claim.look_again = now + checks.PAUSE

    def _commit_attempts(self, lane: Lane, claim: Claim, now: datetime) -> None:
        ready = claim.ready
        resume_at = self.waits.end_of(lane.resume_at)
        is_over = lane.paused_at is not None and resume_at is not None and resume_at <= now
        if not ready and not is_over:
            return
        if ready:
            execute(
                """
                UPDATE messaging_message m SET state = 'sending', text = v.text, lane_token = %(token)s,
                    attempted_at = %(now)s
                FROM unnest(%(ids)s::bigint[], %(texts)s::text[]) AS v (id, text) WHERE m.id = v.id
                """,
                {
                    "token": self.lease.token,
                    "now": now,
                    "ids": numbers(item.message_id for item in ready),
                    "texts": texts(item.outgoing.text for item in ready),
                },
            )
            day = now.astimezone(lane.channel.workspace.tz).date()
            lane.sent_today = headroom(lane.channel, lane, now).sent + sum(item.is_promotion for item in ready)
            lane.day = day
            pace = pace_of(lane.channel, self.capabilities)
            pause = rules.gap(pace, lane.channel.jitter_percent, len(ready), self._chance.random())
            lane.next_send_at = now + pause if pause > timedelta(0) else None
            if lane.next_send_at is not None:
                self.waits.begin(lane.next_send_at, pause)
        if is_over:
            lane.paused_at, lane.paused_reason, lane.resume_at = None, "", None
            tell_resumed(lane.channel)
        execute(
            """
            UPDATE messaging_lane SET sent_today = %(sent)s, day = %(day)s, next_send_at = %(next)s,
                paused_at = %(paused)s, paused_reason = %(reason)s, resume_at = %(resume)s,
                beat = beat + 1
            WHERE channel_id = %(channel)s
            """,
            {
                "sent": lane.sent_today,
                "day": lane.day,
                "next": lane.next_send_at,
                "paused": lane.paused_at,
                "reason": lane.paused_reason,
                "resume": lane.resume_at,
                "channel": lane.pk,
            },
        )


def _facts(
    row: Any, hours: rules.Hours, limits: rules.Limits, earlier: int, capacity: int, has_template: bool
) -> rules.SendFacts:
    return rules.SendFacts(
        purpose=row.purpose,
        hours=hours,
        limits=limits,
        reachable=row.to is not None,
        erased=row.erased,
        consent=row.consent,
        suppressed=row.suppressed,
        doubted=row.doubted,
        sent_day=row.sent_day + earlier,
        sent_week=row.sent_week + earlier,
        room_today=capacity,
        window_closed=not (row.window_open or has_template),
    )


def _wake(channel_id: int, now: datetime) -> int:
    """Makes messages ready whose due time has come; returns how many."""
    return execute(
        """
        UPDATE messaging_message SET not_before = NULL, reason = CASE reason WHEN 'retry' THEN '' ELSE reason END
         WHERE id IN (
            SELECT id FROM messaging_message WHERE channel_id = %(channel)s AND state = 'queued'
              AND not_before IS NOT NULL AND not_before <= %(now)s
            ORDER BY not_before LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED)
        """,
        {"channel": channel_id, "now": now},
    ).rowcount


def _refuse(
    message_id: int,
    decision: rules.Decision,
    dropped: list[tuple[int, str, str, str]],
    held: list[tuple[int, datetime]],
) -> None:
    """Notes a message that may not be sent now. A message that waits for quiet hours or the daily cap stays queued."""
    if decision.not_before is None:
        dropped.append((message_id, "suppressed", decision.reason, ""))
    elif decision.reason == "stop_doubt":
        held.append((message_id, decision.not_before))


def _hold(held: Sequence[tuple[int, datetime]]) -> None:
    """Defers messages until a member settles a doubt: (id, not before)."""
    if not held:
        return
    ids, moments_ = zip(*held, strict=True)
    execute(
        """
        UPDATE messaging_message m SET not_before = v.not_before, reason = 'stop_doubt'
        FROM unnest(%(ids)s::bigint[], %(moments)s::timestamptz[]) AS v (id, not_before) WHERE m.id = v.id
        """,
        {"ids": list(ids), "moments": list(moments_)},
    )


def _drop(dropped: Sequence[tuple[int, str, str, str]]) -> None:
    """Ends messages that will never be sent: (id, state, reason, detail)."""
    if not dropped:
        return
    ids, states, reasons, details = (list(column) for column in zip(*dropped, strict=True))
    execute(
        """
        UPDATE messaging_message m SET state = v.state, reason = v.reason, detail = v.detail
        FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(reasons)s::text[], %(details)s::text[])
            AS v (id, state, reason, detail)
        WHERE m.id = v.id
        """,
        {"ids": ids, "states": states, "reasons": reasons, "details": details},
    )
