"""Reads of messaging."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.urls import reverse

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.providers import registry
from wabolt.consent.queries import consent_of
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.messaging import rules
from wabolt.messaging.models import Conversation, Lane, MediaFile, Message, MessagePrice, PriceRate, Template
from wabolt.messaging.reasons import REASONS
from wabolt.messaging.rules import templates as template_rules
from wabolt.messaging.rules.files import SENDABLE
from wabolt.ui.bubbles import Attachment

CAPPED = ("sending", "sent", "delivered", "read", "unknown")
"""States of a promotion that count against a contact's cap: what certainly came to nothing does not."""


def state_counts(workspace: Workspace, origin_kind: str, origin_id: int) -> dict[str, int]:
    """How many messages of an origin are in each state (all states are there, also at 0). Exact: one walk of the
    index message_of_origin."""
    counts = dict.fromkeys(Message.State.values, 0)
    del counts[Message.State.RECEIVED]
    rows = Message.objects.filter(workspace=workspace, origin_kind=origin_kind, origin_id=origin_id)
    counts.update(rows.order_by().values_list("state").annotate(count=Count("id")))
    return counts


def conversation(workspace: Workspace, contact: Contact) -> QuerySet[Message]:
    """All messages with a contact, newest first."""
    return (
        Message.objects.filter(workspace=workspace, contact=contact)
        .select_related("author", "content__media", "media", "file")
        .defer("content__media__data", "media__data")
        .order_by("-id")
    )


def media_of(message: Message) -> MediaFile | None:
    """What a message carries: itself, or its content."""
    return message.media or (message.content.media if message.content else None)


def media_file(workspace: Workspace, media_id: int) -> MediaFile:
    """A file of the workspace without its bytes (`media_bytes`). Raises MediaFile.DoesNotExist."""
    return MediaFile.objects.defer("data").get(workspace=workspace, pk=media_id)


def media_bytes(workspace: Workspace, media_id: int) -> bytes:
    """The bytes of a file of the workspace. Raises MediaFile.DoesNotExist."""
    return bytes(MediaFile.objects.values_list("data", flat=True).get(workspace=workspace, pk=media_id))


def shown_media(media: MediaFile | None) -> Attachment | None:
    """A file as a bubble shows it."""
    if media is None:
        return None
    url = reverse("messaging:media", args=[media.pk])
    return Attachment(media.kind, url, media.name, media.size, media.width, media.height)


def accepted_files(channel: Channel) -> str:
    """What a number can send, as a file field's `accept`; empty when it sends texts only. A WebP leaves as a JPEG."""
    kinds = [kind for limit in registry.capabilities(channel.provider).media.values() for kind in limit.mime_types]
    sendable = [kind for kind in kinds if kind in SENDABLE]
    return ",".join([*sendable, "image/png", "image/webp"] if "image/jpeg" in sendable else sendable)


def channel_for(workspace: Workspace, contact: Contact) -> Channel | None:
    """The number by which a reply to this contact goes out: where they last wrote, else the oldest, if any."""
    last = (
        Conversation.objects.filter(workspace=workspace, contact=contact, channel__archived_at=None)
        .select_related("channel")
        .order_by("-last_message_at")
        .first()
    )
    return (
        last.channel if last else Channel.objects.filter(workspace=workspace, archived_at=None).order_by("pk").first()
    )


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """How a channel's lane stands: promotions started today and allowed today, messages that wait, and its pause
    (`paused_at` None: it runs). `rest`: why promotions do not go out at this moment (None: they do)."""

    sent_today: int
    allowance: int
    queued: int
    paused_at: datetime | None
    reason: str
    resume_at: datetime | None
    rest: rules.Standstill | None


def lane_statuses(workspace: Workspace, channels: Iterable[Channel]) -> dict[int, LaneStatus]:
    """The lanes of these channels of the workspace by channel id; two queries for any number."""
    now = clock.now()
    today = now.astimezone(workspace.tz).date()
    chosen = [channel for channel in channels if channel.workspace_id == workspace.pk]
    ids = [channel.pk for channel in chosen]
    lanes = Lane.objects.in_bulk(ids)
    queued = queued_by_channel(ids)
    found = {}
    for channel in chosen:
        lane = lanes.get(channel.pk) or Lane(channel=channel)
        paused = lane.is_paused(now)
        linked = (today - channel.linked_at.astimezone(workspace.tz).date()).days if channel.linked_at else None
        sent_today = lane.sent_today if lane.day == today else 0
        allowance = rules.daily_allowance(channel.daily_cap, warm_up=channel.warm_up, days_linked=linked)
        rest = rules.standstill(
            connected=channel.state == Channel.State.CONNECTED,
            paused=paused,
            resume_at=lane.resume_at,
            retry_at=lane.retry_at,
            room_today=allowance - sent_today,
            hours=rules.Hours(workspace.tz, channel.quiet_from, channel.quiet_until),
            now=now,
        )
        found[channel.pk] = LaneStatus(
            sent_today=sent_today,
            allowance=allowance,
            queued=queued.get(channel.pk, 0),
            paused_at=lane.paused_at if paused else None,
            reason=lane.paused_reason if paused else "",
            resume_at=lane.resume_at if paused else None,
            rest=rest,
        )
    return found


# Apart as the lane's indexes are, which hold what waits and nothing else.
_QUEUED = """
SELECT channel_id, count(*) FROM messaging_message
 WHERE channel_id = ANY(%(channels)s) AND state = 'queued' AND not_before IS NULL GROUP BY 1
 UNION ALL
SELECT channel_id, count(*) FROM messaging_message
 WHERE channel_id = ANY(%(channels)s) AND state = 'queued' AND not_before IS NOT NULL GROUP BY 1
"""


def queued_by_channel(channel_ids: Sequence[int]) -> dict[int, int]:
    """How many messages wait in the lanes of these channels; a lane with none is left out."""
    found: Counter[int] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(_QUEUED, {"channels": list(channel_ids)})
        for channel_id, count in cursor.fetchall():
            found[channel_id] += count
    return dict(found)


def reason_words(reason: str) -> str:
    """Why a message was not sent, failed or is not certain, in the reader's language; "" for no reason."""
    return str(REASONS.get(reason, reason.replace("_", " "))) if reason else ""


@dataclass(frozen=True, slots=True)
class ServiceWindow:
    """Whether free text may go to a contact now: `is_open`, and until when (`until` None: never opened)."""

    is_open: bool
    until: datetime | None = None


def service_window(workspace: Workspace, channel: Channel, contact: Contact) -> ServiceWindow | None:
    """The window of a number whose vendor has one; None where free text may always go."""
    length = registry.capabilities(channel.provider).service_window
    if length is None:
        return None
    talks = Conversation.objects.filter(workspace=workspace, channel=channel, contact=contact)
    last = talks.aggregate(last=Max("last_inbound_at"))["last"]
    if last is None:
        return ServiceWindow(False)
    return ServiceWindow(last + length > clock.now(), last + length)


def purpose_of(template: Template) -> str:
    """Whether messages of this template are promotions; what Meta calls anything but a notice is one."""
    return Message.Purpose.SERVICE if template.category == "utility" else Message.Purpose.MARKETING


def personal_templates(workspace: Workspace, channel: Channel) -> list[Template]:
    """The approved templates of a number that a member can send to one person."""
    approved = templates(workspace, channel).filter(status="approved").exclude(category="authentication")
    return [template for template in approved if not template_rules.unsupported(template.components)]


def send_decision(workspace: Workspace, channel: Channel, contact: Contact, purpose: str) -> rules.Decision:
    """What the policy says now about an approved template to this contact, for the page to say it beforehand; the
    lane asks again with what is true then."""
    able = registry.capabilities(channel.provider)
    facts: dict[str, Any] = {}
    if purpose == Message.Purpose.MARKETING:
        day, week = rules.cap_windows(workspace.tz, clock.now())
        attempts = Message.objects.filter(contact=contact, purpose=purpose, attempted_at__gte=week)
        standing = consent_of(workspace, contact.pk)
        lane = lane_statuses(workspace, [channel])[channel.pk]
        facts = attempts.filter(state__in=CAPPED).aggregate(
            sent_week=Count("pk"), sent_day=Count("pk", filter=Q(attempted_at__gte=day))
        )
        facts |= {"consent": standing.state, "suppressed": standing.suppressed}
        facts["room_today"] = lane.allowance - lane.sent_today
        facts["never_wrote"] = able.only_known_people and contact.last_inbound_at is None
    return rules.may_send(
        rules.SendFacts(
            purpose="marketing" if purpose == Message.Purpose.MARKETING else "service",
            hours=rules.Hours(workspace.tz, channel.quiet_from, channel.quiet_until),
            limits=rules.Limits(channel.cap_per_day, channel.cap_per_week),
            reachable=contact.identities.filter(kind__in=able.identity_kinds).exists(),
            erased=contact.erased_at is not None,
            **facts,
        ),
        clock.now(),
    )


def templates(workspace: Workspace, channel: Channel | None = None) -> QuerySet[Template]:
    """The approved-message templates of numbers in use, of one number only when given."""
    found = Template.objects.filter(workspace=workspace, channel__archived_at=None)
    found = found if channel is None else found.filter(channel=channel)
    return found.select_related("channel").order_by("channel", "name", "language")


@dataclass(frozen=True, slots=True)
class Price:
    """What a message of a category costs, in the smallest unit; `is_default`: nobody in this shop has entered one."""

    category: str
    amount: int
    currency: str
    as_of: date
    is_default: bool


def price_table(workspace: Workspace) -> dict[str, Price]:
    """The price of each of Meta's categories."""
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
    """What delivered messages cost by Meta's own statuses: the sum in the smallest unit, and how many were charged."""

    amount: int
    charged: int
    told: int
    currency: str


def cost_of(workspace: Workspace, origin_kind: str, origin_id: int) -> Cost:
    """The cost of an origin's messages so far; `told` counts those whose price is known."""
    told = MessagePrice.objects.filter(
        message__workspace=workspace, message__origin_kind=origin_kind, message__origin_id=origin_id
    )
    owed = told.filter(is_billable=True, message__delivered_at__isnull=False).aggregate(
        amount=Sum("amount"), charged=Count("pk")
    )
    return Cost(owed["amount"] or 0, owed["charged"], told.count(), settings.CLOUD_PRICES_CURRENCY)
