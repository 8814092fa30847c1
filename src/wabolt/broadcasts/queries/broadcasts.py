"""Broadcasts, their progress, and the preview of a send."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from wabolt.accounts.models import Workspace
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries.audience import HELD_OUT, audience_sql
from wabolt.broadcasts.rules import ENOUGH_TO_COMPARE, LONGEST, expiry, sample_voucher
from wabolt.channels.models import Channel
from wabolt.channels.queries import quiet_hours
from wabolt.channels.registry import capabilities
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import kept_sums
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.quiet_hours import Hours, quiet_until
from wabolt.media.models import MediaFile
from wabolt.media.queries import media_file
from wabolt.messaging.models import Lane, Message
from wabolt.messaging.queries import WENT_OUT, Headroom, Pace, Price, finish_estimate, headroom, price_table
from wabolt.personalization import queries as rendering

STATES = (
    "queued", "sending", "sent", "delivered", "read", "failed", "unknown", "suppressed", "cancelled", "held_out",
)  # fmt: skip
"""All states of a recipient, in the order of a message's life."""
SAMPLES = 20
"""Messages read to find a sample text. Erased contacts leave empty ones."""


def broadcasts(workspace: Workspace) -> QuerySet[Broadcast]:
    """Returns the workspace's broadcasts, newest first."""
    found = Broadcast.objects.filter(workspace=workspace).select_related("channel", "segment")
    return found.order_by("-id")


def get_broadcast(workspace: Workspace, pk: int) -> Broadcast:
    """Returns one broadcast with its workspace, channel, segment and content. Raises Broadcast.DoesNotExist."""
    found = Broadcast.objects.select_related("workspace", "channel", "segment", "content", "template", "created_by")
    return found.get(workspace=workspace, pk=pk)


@dataclass(frozen=True, slots=True)
class Preview:
    """The result of sending now.

    `eligible` contacts may get the message. `held_out` of them are kept for comparison; the others are `recipients`.
    `excluded` counts the other contacts by reason, `examples` names up to two contacts of each reason ("" for a
    nameless one). `finish`: estimated time of the last message, after the messages
    that already wait on the channel (None: not within a year). `expires`: end of sending. `daily_allowance`: promotions
    that the channel may send on the first day, warm-up included. `holdout_percent`: the requested share.
    """

    total: int
    eligible: int
    held_out: int
    excluded: dict[str, int]
    starts: datetime
    finish: datetime | None
    expires: datetime
    daily_allowance: int
    holdout_percent: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict)

    @property
    def has_no_holdout(self) -> bool:
        """True if a comparison group was asked for and the audience is too small to have one."""
        return self.holdout_percent > 0 and self.held_out == 0

    @property
    def has_thin_holdout(self) -> bool:
        """True if the comparison group is too small to tell the effect from chance in most cases."""
        return 0 < self.held_out < ENOUGH_TO_COMPARE

    @property
    def recipients(self) -> int:
        return self.eligible - self.held_out

    @property
    def is_in_time(self) -> bool:
        """True if the last message leaves before the broadcast expires."""
        return self.finish is not None and self.finish <= self.expires

    @property
    def total_excluded(self) -> int:
        return self.total - self.eligible


def preview(broadcast: Broadcast) -> Preview:
    """Counts the audience as it is now. Raises segments.queries.BrokenSegment."""
    now = clock.now()
    sql, params = audience_sql(broadcast, now)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT reason, count(*), count(*) FILTER (WHERE {HELD_OUT}), max(contact_id), min(contact_id)"
            f" FROM ({sql}) AS audience GROUP BY reason",
            params,
        )
        rows = {reason: more for reason, *more in cursor.fetchall()}
    eligible, held_out, *_ids = rows.pop("", (0, 0))
    counts = {reason: count for reason, (count, *_more) in rows.items()}
    begins = min(max(broadcast.scheduled_at or now, now), now + LONGEST).astimezone(broadcast.workspace.tz)
    starts = quiet_until(hours_of(broadcast), begins) or begins
    room = _headroom(broadcast.channel, starts)
    finish = _finish(broadcast, waiting_on(broadcast.channel) + eligible - held_out, starts, room)
    until = begins + timedelta(days=broadcast.voucher_days) if broadcast.voucher_percent else None
    return Preview(
        total=eligible + sum(counts.values()),
        eligible=eligible,
        held_out=held_out,
        excluded=dict(sorted(counts.items(), key=lambda item: -item[1])),
        starts=starts,
        finish=finish,
        expires=expiry(starts, broadcast.expires_hours, finish, until),
        daily_allowance=room.allowed,
        holdout_percent=broadcast.holdout_percent,
        examples=_names({reason: (newest, oldest) for reason, (_count, _held, newest, oldest) in rows.items()}),
    )


def _names(contacts: dict[str, tuple[int, int]]) -> dict[str, list[str]]:
    """Returns the names of the contacts with these ids."""
    ids = {pk: None for pair in contacts.values() for pk in pair}
    known = dict(Contact.objects.filter(pk__in=list(ids)).values_list("pk", "name")) if ids else {}
    return {reason: [known[pk] for pk in dict.fromkeys(pair) if pk in known] for reason, pair in contacts.items()}


def sample_variables(broadcast: Broadcast) -> dict[str, Any]:
    """Returns the variables for a preview of the text, in addition to the contact: the draft's own voucher, if it has
    one."""
    if not broadcast.voucher_percent:
        return {}
    now = clock.now()
    begins = max(broadcast.scheduled_at or now, now).astimezone(broadcast.workspace.tz)
    return {"voucher": sample_voucher(broadcast.voucher_percent, broadcast.voucher_days, begins)}


def waiting_on(channel: Channel) -> int:
    """Returns the number of queued promotions of the channel."""
    return Message.objects.filter(channel=channel, purpose=Message.Purpose.MARKETING, state="queued").count()


def price_estimate(broadcast: Broadcast, count: int) -> Price | None:
    """Returns the cost of `count` messages by the shop's price table; None for channels without a price per message and
    for categories without a known price."""
    if broadcast.template is None:
        return None
    price = price_table(broadcast.workspace).get(broadcast.template.category)
    return replace(price, amount=price.amount * count) if price else None


def hours_of(broadcast: Broadcast) -> Hours:
    """Returns the quiet hours of the broadcast's channel."""
    return quiet_hours(broadcast.channel)


def finish_of(broadcast: Broadcast, left: int) -> datetime | None:
    """Estimate when the last of `left` queued messages leaves; None: not within a year."""
    now = clock.now().astimezone(broadcast.workspace.tz)
    return _finish(broadcast, left, now, _headroom(broadcast.channel, now))


def _headroom(channel: Channel, at: datetime) -> Headroom:
    return headroom(channel, Lane.objects.filter(channel=channel).first(), at)


def _finish(broadcast: Broadcast, count: int, starts: datetime, room: Headroom) -> datetime | None:
    """Estimate when the last of `count` messages leaves at the channel's pace; None: not within a year."""
    channel = broadcast.channel
    pace = Pace(
        per_minute=channel.messages_per_minute,
        daily_cap=channel.daily_cap,
        warm_up=channel.warm_up,
        days_linked=room.days_linked,
        sent_today=room.sent,
    )
    return finish_estimate(count, start=starts, hours=hours_of(broadcast), pace=pace)


@dataclass(frozen=True, slots=True)
class Progress:
    """The recipients by state. The counts always add up to `planned`."""

    planned: int
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, *states: str) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def sent(self) -> int:
        """Messages that the provider accepted: sent, delivered and read."""
        return self.count(*WENT_OUT)

    @property
    def open(self) -> int:
        """Messages without a final result."""
        return self.count("queued", "sending")

    @property
    def addressed(self) -> int:
        """The base of all percentages: the plan without suppressed and held-out contacts."""
        return self.planned - self.count("suppressed", "held_out")

    @property
    def shown(self) -> list[tuple[str, int]]:
        """States with at least one recipient, in the order of a message's life."""
        return [(state, self.counts[state]) for state in STATES if self.counts.get(state)]


def progress(broadcast: Broadcast) -> Progress:
    """Counts the recipients by outcome and message state, exactly.

    Keys are the states of messaging.Message and "held_out". "suppressed" includes the contacts that the freeze
    excluded.
    """
    return progress_of([broadcast])[broadcast.pk]


def progress_of(many: Sequence[Broadcast]) -> dict[int, Progress]:
    """`progress` of several broadcasts of one workspace, from sums that triggers keep."""
    if not many:
        return {}
    sums = kept_sums(many[0].workspace_id, ("broadcast_messages", "broadcast_recipients"), [item.pk for item in many])
    return {broadcast.pk: Progress(broadcast.planned, sums[broadcast.pk]) for broadcast in many}


def suppressed_reasons(broadcast: Broadcast) -> dict[str, int]:
    """Counts the reasons for messages that were not sent, most frequent first: at the freeze, at the lane, and at the
    end of the broadcast (a stop, the expiry, the owner)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reason, sum(n)::bigint FROM ("
            " SELECT reason, count(*) AS n FROM broadcasts_recipient"
            "  WHERE broadcast_id = %(id)s AND outcome = 'suppressed' GROUP BY reason"
            " UNION ALL"
            " SELECT reason, count(*) FROM messaging_message"
            "  WHERE origin_kind = 'broadcast' AND origin_id = %(id)s AND state IN ('suppressed', 'cancelled')"
            "  GROUP BY reason"
            ") AS reasons GROUP BY reason ORDER BY 2 DESC",
            {"id": broadcast.pk},
        )
        return dict(cursor.fetchall())


def sample_text(broadcast: Broadcast) -> str:
    """Returns the message as one recipient got it; with an invented person if no message was sent yet."""
    # Without an order: the oldest message would be searched among all messages of a big broadcast.
    sent = Message.objects.filter(origin_kind="broadcast", origin_id=broadcast.pk, state__in=WENT_OUT).order_by()
    texts = sent.values_list("text", flat=True)[:SAMPLES]
    if text := next(filter(None, texts), ""):
        return text
    try:
        purpose = Message.Purpose.SERVICE if broadcast.template_id else Message.Purpose.MARKETING
        short = rendering.shortens_links(capabilities(broadcast.channel.provider))
        return rendering.preview(
            broadcast.workspace, broadcast.text, None, purpose=purpose, short_links=short,
            variables=sample_variables(broadcast),
        )  # fmt: skip
    except DomainError:  # the text uses a field that was archived since
        return broadcast.text


def media_of(broadcast: Broadcast) -> MediaFile | None:
    """Returns the broadcast's file without its bytes."""
    return media_file(broadcast.workspace, broadcast.media_id) if broadcast.media_id else None
