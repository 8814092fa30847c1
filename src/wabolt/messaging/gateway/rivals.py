"""More important promotions on other numbers. The caps of a person count all numbers, and so does the order of
importance: the policy leaves the last allowance of a person to the most important message, also if it waits on
another number.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from wabolt.channels.models import Channel
from wabolt.messaging.gateway.sql import execute, numbers
from wabolt.messaging.outbox.headroom import standstill_of
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.store.models import Message

Rivals = Mapping[int, Sequence[int]]
"""{contact id: priorities of its promotions that wait on other numbers and could go now}."""

FRESH = timedelta(days=1)
"""An older message holds up no other one: its lane does not seem to move."""
_WAITING = """
    SELECT m.contact_id, m.priority FROM messaging_message m
     WHERE m.channel_id = ANY(%(channels)s::bigint[]) AND m.purpose = 'marketing' AND m.state = 'queued'
       AND m.not_before IS NULL AND m.priority < %(priority)s AND m.contact_id = ANY(%(contacts)s::bigint[])
       AND m.created_at > %(fresh)s
       AND NOT EXISTS (SELECT FROM messaging_pausedorigin p
                        WHERE p.origin_kind = m.origin_kind AND p.origin_id = m.origin_id)
"""


def rival_numbers(workspace: Any, channel: Any) -> QuerySet[Channel]:
    """The other connected numbers of a workspace. Both arguments are ids or columns of an outer query."""
    connected = Channel.objects.filter(workspace=workspace, archived_at=None, state=Channel.State.CONNECTED)
    return connected.exclude(pk=channel)


def rivals_of(channel: Channel, rows: Sequence[Any], now: datetime) -> Rivals:
    """The rivals of the promotions among these messages of `channel`. A number at a standstill has none."""
    promotions = [row for row in rows if row.purpose == Message.Purpose.MARKETING]
    least = max((row.priority for row in promotions), default=0)
    if least <= Message.Priority.CART:  # nothing is more important
        return {}
    others = rival_numbers(channel.workspace_id, channel.pk)
    sending = [
        other.pk
        for other in others.select_related("workspace", "lane")
        if standstill_of(other, getattr(other, "lane", None) or Lane(channel=other), now) is None
    ]
    if not sending:
        return {}
    found: dict[int, list[int]] = {}
    values = {
        "channels": numbers(sending), "contacts": numbers({row.contact_id for row in promotions}), "priority": least,
        "fresh": now - FRESH,
    }  # fmt: skip
    for contact, priority in execute(_WAITING, values).fetchall():
        found.setdefault(contact, []).append(priority)
    return found
