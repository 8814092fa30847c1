"""Reads of the outbox: lanes, queued messages, policy decisions and prices."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum

from wabolt.accounts.models import Workspace
from wabolt.channels import registry
from wabolt.channels.models import Channel
from wabolt.channels.queries import quiet_hours
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import address_kinds
from wabolt.lib import clock
from wabolt.messaging.outbox import rules
from wabolt.messaging.outbox.facts import CONSENT_JOIN, PROMOTION_FACTS, RECENT
from wabolt.messaging.outbox.headroom import headroom, standstill_of
from wabolt.messaging.outbox.models import Lane, MessagePrice, PriceRate, TrackedLink
from wabolt.messaging.outbox.reasons import REASONS
from wabolt.messaging.store.models import Message


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """The state of a lane: promotions sent and allowed today, queued messages, and its pause (`paused_at` None: not
    paused). `rest`: why no promotions are sent at this moment (None: they are)."""

    sent_today: int
    allowance: int
    queued: int
    paused_at: datetime | None
    reason: str
    resume_at: datetime | None
    rest: rules.Standstill | None


def lane_statuses(workspace: Workspace, channels: Iterable[Channel]) -> dict[int, LaneStatus]:
    """{channel id: state of its lane} for these channels of the workspace, in two queries."""
    now = clock.now()
    chosen = [channel for channel in channels if channel.workspace_id == workspace.pk]
    ids = [channel.pk for channel in chosen]
    lanes = Lane.objects.in_bulk(ids)
    queued = queued_by_channel(ids)
    statuses = {}
    for channel in chosen:
        lane = lanes.get(channel.pk) or Lane(channel=channel)
        paused = lane.is_paused(now)
        room = headroom(channel, lane, now)
        rest = standstill_of(channel, lane, now)
        statuses[channel.pk] = LaneStatus(
            sent_today=room.sent,
            allowance=room.allowed,
            queued=queued.get(channel.pk, 0),
            paused_at=lane.paused_at if paused else None,
            reason=lane.paused_reason if paused else "",
            resume_at=lane.resume_at if paused else None,
            rest=None if rest is None or rest.is_brief(now) else rest,
        )
    return statuses


def is_held_past(channel: Channel, moment: datetime) -> bool:
    """Whether the number is paused until after this moment, so that not even replies to customers go out before."""
    lane = Lane.objects.filter(pk=channel.pk).first()
    if lane is None or not lane.is_paused(clock.now()):
        return False
    return lane.resume_at is None or lane.resume_at > moment


# Two selects, because each matches one partial index of the lane.
_QUEUED = """
SELECT channel_id, count(*) FROM messaging_message
 WHERE channel_id = ANY(%(channels)s) AND state = 'queued' AND not_before IS NULL GROUP BY 1
 UNION ALL
SELECT channel_id, count(*) FROM messaging_message
 WHERE channel_id = ANY(%(channels)s) AND state = 'queued' AND not_before IS NOT NULL GROUP BY 1
"""


def queued_by_channel(channel_ids: Sequence[int]) -> dict[int, int]:
    """{channel id: number of queued messages}; a channel without any is missing."""
    found: Counter[int] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(_QUEUED, {"channels": list(channel_ids)})
        for channel_id, count in cursor.fetchall():
            found[channel_id] += count
    return dict(found)


def link_lines(workspace_id: int, events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The address of the link of each event ({"link": id}); "" for one that no longer exists."""
    ids = [pk if type(pk := data.get("link")) is int else 0 for data in events]
    known = TrackedLink.objects.filter(pk__in=ids, content__workspace=workspace_id)
    urls = dict(known.values_list("pk", "url"))
    return [urls.get(pk, "")[:200] for pk in ids]


def reason_words(reason: str) -> str:
    """The text for a reason in the active language; "" for no reason."""
    return str(REASONS.get(reason, reason.replace("_", " "))) if reason else ""


def send_decision(workspace: Workspace, channel: Channel, contact: Contact, purpose: str) -> rules.Decision:
    """The decision of the policy about a template message to this contact now. The lane asks the policy again."""
    now = clock.now()
    able = registry.capabilities(channel.provider)
    day, week = rules.cap_windows(workspace.tz, now)
    params: dict[str, Any] = {"workspace": workspace.pk, "contact": contact.pk, "day": day, "week": week}
    params |= {"kinds": address_kinds(able.identity_kinds), "known_only": able.only_known_people}
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, params)
        facts = dict(zip(PROMOTION_FACTS, cursor.fetchone(), strict=True))
    return rules.may_send(
        rules.SendFacts(
            purpose="marketing" if purpose == Message.Purpose.MARKETING else "service",
            hours=quiet_hours(channel),
            limits=rules.Limits(channel.cap_per_day, channel.cap_per_week),
            room_today=headroom(channel, Lane.objects.filter(channel=channel).first(), now).left,
            **facts,
        ),
        now,
    )


_FACTS = f"""
SELECT {", ".join(PROMOTION_FACTS.values())}
  FROM contacts_contact c {CONSENT_JOIN} LEFT JOIN LATERAL ({RECENT}) r ON true
 WHERE c.id = %(contact)s AND c.workspace_id = %(workspace)s
"""


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a message in a category, in the smallest unit. `is_default`: the shop has not entered one."""

    category: str
    amount: int
    currency: str
    as_of: date
    is_default: bool


def price_table(workspace: Workspace) -> dict[str, Price]:
    """{category: price} for all categories of Meta."""
    as_of = date.fromisoformat(settings.CLOUD_PRICES_AS_OF)
    currency = settings.CLOUD_PRICES_CURRENCY
    table = {
        category: Price(category, amount, currency, as_of, True) for category, amount in settings.CLOUD_PRICES.items()
    }
    for rate in PriceRate.objects.filter(workspace=workspace):
        table[rate.category] = Price(rate.category, rate.amount, rate.currency, rate.as_of, False)
    return table


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of delivered messages by Meta's statuses: the sum in the smallest unit, and how many were charged."""

    amount: int
    charged: int
    priced: int
    currency: str


def cost_of(workspace: Workspace, origin_kind: str, origin_id: int) -> Cost:
    """The cost of an origin's messages so far. `priced`: how many have a known price."""
    priced = MessagePrice.objects.filter(
        message__workspace=workspace, message__origin_kind=origin_kind, message__origin_id=origin_id
    )
    owed = priced.filter(is_billable=True, message__delivered_at__isnull=False).aggregate(
        amount=Sum("amount"), charged=Count("pk")
    )
    return Cost(owed["amount"] or 0, owed["charged"], priced.count(), settings.CLOUD_PRICES_CURRENCY)
