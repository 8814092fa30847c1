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
from django.db.models import Exists, OuterRef
from psycopg.rows import namedtuple_row

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.queries import quiet_hours
from wabolt.channels.registry import Capabilities, Outgoing
from wabolt.consent.queries import RESTRICTED_SQL
from wabolt.contacts.queries import ADDRESS_SQL, address_kinds
from wabolt.lib import clock
from wabolt.lib.lease import Lease, LeaseLostError, boottime
from wabolt.lib.sql import statement
from wabolt.messaging.gateway import checks
from wabolt.messaging.gateway.contents import Contents
from wabolt.messaging.gateway.lease import seconds
from wabolt.messaging.gateway.picking import Picker
from wabolt.messaging.gateway.rivals import Rivals, rival_numbers, rivals_of
from wabolt.messaging.gateway.sql import execute, numbers, texts
from wabolt.messaging.gateway.unsent import Unsent
from wabolt.messaging.outbox import rules
from wabolt.messaging.outbox.facts import CONSENT_JOIN, PROMOTION_FACTS, RECENT
from wabolt.messaging.outbox.headroom import headroom, standstill_of
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.outbox.services.lanes import end_pause
from wabolt.messaging.registry import about_rights, unwanted
from wabolt.messaging.store.models import Message
from wabolt.personalization import queries as rendering

# An idle lane runs this again and again: two reads of partial indexes, no lock and no transaction.
_DUE = statement(__file__, "due")
# A contact who is saying STOP right now holds the lock of the consent row and is skipped. A STOP that comes later waits
# for this claim to commit. So no promotion starts after a STOP is on record. A contact in the claim of another lane is
# skipped too: the caps count the promotions of all numbers, and two claims at once would not see each other's.
_HOLD_CONSENT = """
    SELECT k.contact_id FROM consent_consent k
    WHERE k.contact_id = ANY(%(contacts)s::bigint[]) AND k.purpose = 'marketing' AND k.state = 'granted'
    ORDER BY k.contact_id FOR NO KEY UPDATE SKIP LOCKED
"""
_FACTS = statement(__file__, "facts")
_COMMIT_ATTEMPTS = statement(__file__, "commit_attempts")
_UPDATE_LANE = statement(__file__, "update_lane")
_OPEN = """EXISTS (SELECT FROM messaging_conversation w WHERE w.channel_id = m.channel_id
        AND w.contact_id = m.contact_id AND w.last_inbound_at > %(window_from)s)"""


def _statements(window: str) -> tuple[str, str]:
    """The statements that read the facts of promotions and of service messages."""
    names = ("consent", "suppressed", "doubted", "sent_day", "sent_week")
    facts = ", ".join(f"{PROMOTION_FACTS[name]} AS {name}" for name in names)
    joins = f"{CONSENT_JOIN} LEFT JOIN LATERAL ({RECENT}) r ON true"
    # The answer to a request about their own data reaches a person whose data may not be used otherwise.
    restricted = f"{RESTRICTED_SQL} AND m.origin_kind <> ALL(%(about_rights)s::text[]) AS restricted"
    nothing = "NULL AS consent, false AS suppressed, false AS doubted, 0 AS sent_day, 0 AS sent_week"
    return (
        _FACTS.format(window=window, facts=f"{facts}, {restricted}", address=ADDRESS_SQL, joins=joins),
        _FACTS.format(window=window, facts=f"{nothing}, {restricted}", address=ADDRESS_SQL, joins=""),
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
    """The result of a claim: messages whose attempt is committed, how many were ended or deferred instead, and when to
    poll again."""

    ready: list[Ready] = field(default_factory=list)
    not_sent: int = 0
    poll_at: datetime | None = None


@dataclass(slots=True)
class Capacity:
    """The messages that a lane may claim now. `bulk` False: only messages that a customer waits for."""

    limit: int
    bulk: bool
    promotions: int
    poll_at: datetime | None = None


def capacity_of(lane: Lane, capabilities: Capabilities, now: datetime) -> Capacity:
    """The capacity that pace, pauses, quiet hours and the daily cap leave."""
    channel = lane.channel
    rest = standstill_of(channel, lane, now)
    if rest is not None and rest.holds_replies:
        return Capacity(0, False, 0, rest.until)
    pace = pace_of(channel, capabilities)
    limit = rules.batch_size(pace)
    if lane.next_send_at is not None and lane.next_send_at > now:
        return Capacity(limit, False, 0, lane.next_send_at)
    if rest is not None:
        return Capacity(limit, True, 0, rest.until)
    return Capacity(limit, True, headroom(channel, lane, now).left)


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
        self._has_rivals = False
        self._chance = random.Random()  # noqa: S311 - an uneven pace, no secret

    def due(self) -> tuple[bool, bool]:
        """(whether a reply is due in this lane, whether any message is due)."""
        [(urgent, anything)] = execute(_DUE, {"channel": self.lease.key, "now": clock.now()})
        return urgent, anything

    def claim(self, limit: int | None = None, *, with_promotions: bool = True) -> Claim:
        """Claims the next messages that may be sent, renders them and commits their attempts under our fencing token.

        Messages that may never be sent become `suppressed` or `failed`; expired ones become `cancelled`. Raises
        LeaseLostError when the lane is no longer ours.
        """
        started = boottime()
        with transaction.atomic(durable=True):
            lane = self._own_lane()
            now = clock.now()
            capacity = capacity_of(self._awake(lane), self.capabilities, now)
            claim = Claim(poll_at=capacity.poll_at)
            if not with_promotions:
                capacity.promotions = 0
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
        awake = copy(lane)
        awake.next_send_at = self.waits.end_of(lane.next_send_at)
        awake.retry_at = self.waits.end_of(lane.retry_at)
        awake.resume_at = self.waits.end_of(lane.resume_at)
        return awake

    def _own_lane(self) -> Lane:
        lane = (
            Lane.objects.select_for_update(of=("self",), no_key=True)
            .select_related("channel__workspace")
            .annotate(has_rivals=Exists(rival_numbers(OuterRef("channel__workspace_id"), OuterRef("pk"))))
            .filter(pk=int(self.lease.key), token=self.lease.token)
            .exclude(holder="")
            .first()
        )
        if lane is None:
            raise LeaseLostError
        self._has_rivals = lane.has_rivals
        return lane

    def _pick(self, lane: Lane, capacity: Capacity, limit: int, now: datetime) -> list[Any]:
        self._picker.look(lane.channel.workspace_id)
        priority = Message.Priority.BULK if capacity.bulk else Message.Priority.SERVICE
        ids = [message_id for message_id, _ in self._picker.pick("service", priority, limit)]
        day, week = rules.cap_windows(lane.channel.workspace.tz, now)
        facts = {"workspace": lane.channel.workspace_id, "kinds": self.kinds, "day": day, "week": week}
        facts["about_rights"] = texts(about_rights())
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
        granted = {row[0] for row in held}
        ids = {"ids": numbers(message_id for message_id, _ in found)}
        rows = execute(self._promotion, facts | ids, row_factory=namedtuple_row).fetchall()
        return [row for row in rows if row.consent != "granted" or row.contact_id in granted]

    def _decide(self, lane: Lane, capacity: Capacity, rows: Sequence[Any], now: datetime, claim: Claim) -> None:
        """Renders the messages that may be sent now into `claim`; ends or defers the others. A message that waits for a
        number check, or has no room in this batch, is left for a later turn."""
        shop = self._load(lane.channel, rows)
        rivals = rivals_of(lane.channel, rows, now) if self._has_rivals else {}
        policy = _Policy(lane.channel, capacity, self.capabilities, rivals)
        unsent = Unsent()
        rows = _wanted(lane.channel.workspace, rows, unsent)
        unchecked = checks.check_states(lane.pk, self.capabilities, rows, now)
        for row in rows:
            if not self._is_allowed(row, policy, now, unsent):
                unchecked.pop(row.id, None)
            elif row.id not in unchecked and self._has_room(row):
                outgoing = self._rendered(row, cast("rendering.Shop", shop), unsent)
                if outgoing is not None:
                    claim.ready.append(Ready(outgoing, row.id, row.contact_id, policy.count(row)))
        self._settle_checks(unchecked, unsent, now, claim)
        claim.not_sent += unsent.commit()

    def _load(self, channel: Channel, rows: Sequence[Any]) -> rendering.Shop | None:
        """Loads the values for the texts of these messages. Returns None if there are no messages."""
        self._contents.load({row.content_id for row in rows if row.content_id})
        self._contents.load_values(channel.workspace, rows)
        self._contents.files.next_batch()
        return rendering.shop_of(channel.workspace) if rows else None

    def _is_allowed(self, row: Any, policy: "_Policy", now: datetime, unsent: Unsent) -> bool:
        """Whether the message may be sent now; otherwise it is noted in `unsent`, or it stays queued as it is."""
        if self._contents.is_over(row, now):
            unsent.end(row.id, "cancelled", rules.EXPIRED)
            return False
        decision = rules.may_send(policy.facts(row, self._contents.has_template(row)), now)
        if not decision.allowed:
            unsent.refuse(row.id, decision)
        return decision.allowed

    def _rendered(self, row: Any, shop: rendering.Shop, unsent: Unsent) -> Outgoing | None:
        """The rendered message; None if it cannot be rendered, and then it is noted in `unsent`."""
        try:
            return self._contents.outgoing(row, shop)
        except rendering.RenderError as error:
            unsent.end(row.id, "failed", error.reason, error.detail)
        except Exception as error:  # one text that cannot be rendered must not block the others
            log.exception("message %s cannot be rendered", row.id)
            unsent.end(row.id, "failed", "render_failed", repr(error)[:500])
        return None

    def _has_room(self, row: Any) -> bool:
        media_id = self._contents.media_id(row)
        return media_id is None or self._contents.files.has_room(media_id)

    def _settle_checks(self, unchecked: dict[int, str], unsent: Unsent, now: datetime, claim: Claim) -> None:
        """Defers or ends messages whose number has to be checked (`checks`)."""
        ask = [message_id for message_id, state in unchecked.items() if state == "ask"]
        for message_id, state in unchecked.items():
            if state == "absent":
                unsent.end(message_id, "suppressed", "wrong_number")
        checks.put_off(ask, now)
        claim.not_sent += len(ask)
        if "full" in unchecked.values():
            claim.poll_at = now + checks.PAUSE

    def _commit_attempts(self, lane: Lane, claim: Claim, now: datetime) -> None:
        ready = claim.ready
        resume_at = self.waits.end_of(lane.resume_at)
        is_over = lane.paused_at is not None and resume_at is not None and resume_at <= now
        if not ready and not is_over:
            return
        if ready:
            execute(
                _COMMIT_ATTEMPTS,
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
            end_pause(channel=lane.channel)
        execute(
            _UPDATE_LANE,
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


class _Policy:
    """The facts of the policy for the messages of one batch. It counts the promotions of the batch: a batch may hold
    two to one contact, and the first one counts for the second."""

    def __init__(self, channel: Channel, capacity: Capacity, capabilities: Capabilities, rivals: Rivals) -> None:
        self._rivals = rivals
        self._hours = quiet_hours(channel)
        self._limits = rules.Limits(channel.cap_per_day, channel.cap_per_week)
        self._capacity = capacity
        self._only_known_people = capabilities.only_known_people
        self._promotions: Counter[int] = Counter()

    def facts(self, row: Any, has_template: bool) -> rules.SendFacts:
        """The facts that decide about this message."""
        earlier = self._promotions[row.contact_id]
        facts = rules.SendFacts(
            purpose=row.purpose,
            hours=self._hours,
            limits=self._limits,
            reachable=row.to is not None,
            erased=row.erased,
            restricted=row.restricted,
            consent=row.consent,
            suppressed=row.suppressed,
            doubted=row.doubted,
            sent_day=row.sent_day + earlier,
            sent_week=row.sent_week + earlier,
            room_today=self._capacity.promotions,
            window_closed=not (row.window_open or has_template),
            rivals=self._rivals_of(row) if self._rivals else 0,
        )
        return replace(facts, never_wrote=True) if self._only_known_people and row.never_wrote else facts

    def _rivals_of(self, row: Any) -> int:
        return sum(priority < row.priority for priority in self._rivals.get(row.contact_id, ()))

    def count(self, row: Any) -> bool:
        """Counts a message that will be sent. Returns whether it is a promotion."""
        if row.purpose != Message.Purpose.MARKETING:
            return False
        self._promotions[row.contact_id] += 1
        self._capacity.promotions -= 1
        return True


def _wanted(workspace: Workspace, rows: Sequence[Any], unsent: Unsent) -> Sequence[Any]:
    """The messages that their origins still want to be sent; the others are noted in `unsent`."""
    keys: dict[str, dict[int, str]] = {}
    for row in rows:
        keys.setdefault(row.origin_kind, {})[row.id] = row.idempotency_key or ""
    reasons = unwanted(workspace, keys)
    for message_id, reason in reasons.items():
        unsent.end(message_id, "cancelled", reason)
    return [row for row in rows if row.id not in reasons] if reasons else rows


def _wake(channel_id: int, now: datetime) -> int:
    """Makes messages ready whose due time has come; returns how many."""
    return execute(
        """
        UPDATE messaging_message
           SET not_before = NULL, reason = CASE WHEN reason IN ('retry', 'more_important') THEN '' ELSE reason END
         WHERE id = ANY(ARRAY(
            SELECT id FROM messaging_message WHERE channel_id = %(channel)s AND state = 'queued'
              AND not_before IS NOT NULL AND not_before <= %(now)s
            ORDER BY not_before LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED))
        """,
        {"channel": channel_id, "now": now},
    ).rowcount
