"""The audience of a broadcast as one SQL statement: all members of the segment, each with the reason to exclude it.

The preview counts its rows and the freeze stores them, so both agree. The reasons and their order are those of
`may_send`, which decides again at every claim. A test compares the two.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from wabolt.broadcasts.models import Broadcast
from wabolt.channels.registry import capabilities
from wabolt.lib.sql import statement
from wabolt.messaging.models import Message
from wabolt.messaging.queries import CONSENT_JOIN, COUNTED, cap_windows, promotion_refusal_sql
from wabolt.personalization.queries import ensure_stop_line
from wabolt.segments.queries import from_json, members_sql

DUPLICATE_WITHIN = timedelta(days=7)
"""The same text to the same contact within this time is a mistake, not a reminder."""

HELD_OUT = """
(%(holdout)s > 0 AND mod(hashint8extended(contact_id, %(broadcast)s) & 9223372036854775807, 100) < %(holdout)s)
"""
"""SQL condition: the contact is held out. A hash of broadcast and contact decides, so that the choice is random
and the same in the preview and at the freeze."""

OF_THESE = "SELECT unnest(%(contacts)s::bigint[]) AS id"
"""The members of an audience that consists of given contacts."""

AUDIENCE = statement(__file__, "audience")


def audience_sql(
    broadcast: Broadcast, now: datetime, *, contacts: Sequence[int] | None = None
) -> tuple[str, dict[str, Any]]:
    """Returns the statement that yields (contact_id, reason) for the segment as it is at `now`, and its parameters.

    `contacts`: ids that take the place of the segment's members. The broadcast may be unsaved. Raises
    segments.queries.BrokenSegment if the segment refers to an object that no longer exists.
    """
    day, week = cap_windows(broadcast.workspace.tz, now)
    if contacts is None:
        members, values = members_sql(broadcast.workspace, from_json(broadcast.segment_tree), now).named()
        only = ""
    else:
        members, values = OF_THESE, {"contacts": list(contacts)}
        only = " AND m.contact_id = ANY(%(contacts)s)"
    parts = {"segment": members, "counted": COUNTED, "only": only}
    return AUDIENCE.format(**parts, refusal=promotion_refusal_sql(), consent=CONSENT_JOIN), {
        **values,
        "workspace": broadcast.workspace_id,
        "broadcast": broadcast.pk,
        "holdout": broadcast.holdout_percent,
        "day": day,
        "week": week,
        "since": min(week, now - DUPLICATE_WITHIN),
        "known_only": capabilities(broadcast.channel.provider).only_known_people and not broadcast.to_strangers,
        "kinds": sorted(capabilities(broadcast.channel.provider).identity_kinds),
        "text": broadcast.text
        if broadcast.template_id
        else ensure_stop_line(broadcast.text, Message.Purpose.MARKETING, broadcast.workspace.language),
        "cap_per_day": broadcast.channel.cap_per_day,
        "cap_per_week": broadcast.channel.cap_per_week,
    }
