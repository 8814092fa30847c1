"""Reads of channels."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Q, QuerySet

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.registry import capabilities
from wabolt.channels.rules import clock_lead, clock_speed, simulated_days
from wabolt.lib import clock
from wabolt.lib.quiet_hours import Hours
from wabolt.lib.sql import statement

_DELAYS = statement(__file__, "delays")
_CLOCK_FROM = timedelta(days=1)
"""Age of the events from which the lead of the clock is read."""


def channels(workspace: Workspace) -> QuerySet[Channel]:
    """Returns the numbers in use, oldest first, without archived ones."""
    return Channel.objects.filter(workspace=workspace, archived_at=None).order_by("id")


def get_channel(workspace: Workspace, channel_id: int) -> Channel:
    """Returns a number in use. Raises Channel.DoesNotExist, also for a number of another workspace."""
    return channels(workspace).get(pk=channel_id)


def working_channels() -> QuerySet[Channel]:
    """Returns the numbers in use of all workspaces, for the gateway."""
    return Channel.objects.filter(archived_at=None).select_related("workspace").order_by("id")


def stopped_channels() -> QuerySet[Channel]:
    """Returns the real numbers of all workspaces that were connected once and are not connected now."""
    return _real_channels().exclude(state__in=[Channel.State.CONNECTED, Channel.State.NEW])


def _real_channels() -> QuerySet[Channel]:
    return working_channels().exclude(provider="simulator")


def machine_clock_lead() -> timedelta | None:
    """Returns by how much the clock of this machine is ahead of WhatsApp's (`rules.clock_lead`).

    Without a real number no event is read: `received_at` has no index.
    """
    if not _real_channels().exists():
        return None
    with connection.cursor() as cursor:
        cursor.execute(_DELAYS, {"since": clock.now() - _CLOCK_FROM})
        return clock_lead([delay for (delay,) in cursor.fetchall()])


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Raw events of a channel: waiting, given up after too many attempts, and of an unknown kind."""

    waiting: int = 0
    poisoned: int = 0
    unknown: int = 0


def event_counts(workspace: Workspace, channel_ids: list[int]) -> dict[int, EventCounts]:
    """Returns the counts by channel id; one statement over partial indexes."""
    spent = Q(processed_at=None, attempts__gte=RawEvent.MAX_ATTEMPTS)
    rows = (
        RawEvent.objects.filter(Q(processed_at=None) | ~Q(error=""), channel__workspace=workspace)
        .filter(channel__in=channel_ids)
        .values("channel_id")
        .annotate(
            waiting=Count("id", filter=Q(processed_at=None, attempts__lt=RawEvent.MAX_ATTEMPTS)),
            poisoned=Count("id", filter=spent),
            unknown=Count("id", filter=Q(processed_at__isnull=False)),
        )
    )
    found = {row["channel_id"]: EventCounts(row["waiting"], row["poisoned"], row["unknown"]) for row in rows}
    return {channel_id: found.get(channel_id, EventCounts()) for channel_id in channel_ids}


def troubled_events(workspace: Workspace, channel_id: int, limit: int = 20) -> list[RawEvent]:
    """Returns the latest raw events with an error."""
    wrong = RawEvent.objects.filter(channel_id=channel_id, channel__workspace=workspace).exclude(error="")
    return list(wrong.defer("payload").order_by("-id")[:limit])


def strange_kinds(channel: Channel) -> list[tuple[str, int]]:
    """Returns (kind, count) of the raw events and messages of unknown kinds, most frequent first."""
    rows = RawEvent.objects.filter(channel=channel).exclude(error="").exclude(processed_at=None)
    counted = rows.values_list("error").annotate(count=Count("id")).order_by("-count", "error")[:20]
    return [(error.removeprefix("unknown: "), count) for error, count in counted]


def quiet_hours(channel: Channel) -> Hours:
    """Returns the quiet hours of a number in the workspace's zone; none for a number with its own clock."""
    if _own_speed(channel) is not None:
        return Hours(channel.workspace.tz, channel.quiet_until, channel.quiet_until)
    return Hours(channel.workspace.tz, channel.quiet_from, channel.quiet_until)


def days_linked(channel: Channel, now: datetime) -> int | None:
    """Returns whole days since the number was linked, 0 on the first, by the workspace's calendar or the number's own
    clock. None for a number that is not linked."""
    if channel.linked_at is None:
        return None
    if (speed := _own_speed(channel)) is not None:
        return simulated_days(now - channel.linked_at, speed, channel.quiet_from, channel.quiet_until)
    tz = channel.workspace.tz
    return (now.astimezone(tz).date() - channel.linked_at.astimezone(tz).date()).days


def _own_speed(channel: Channel) -> float | None:
    """Returns the speed of the number's own clock; None for a number in real time."""
    if not capabilities(channel.provider).has_own_clock:
        return None
    speed = clock_speed(channel.options.get("speed"))
    return speed if speed != 1 else None
