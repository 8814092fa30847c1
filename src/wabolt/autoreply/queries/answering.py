"""The facts for the guard, and the mode of a conversation."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.autoreply.models import ConversationMode, ReplySettings
from wabolt.autoreply.queries.rule_books import ORIGIN
from wabolt.autoreply.rules.guard import Facts, Turn, silent_until
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.registry import Arrival
from wabolt.segments.models import Segment
from wabolt.segments.queries import holds_for, segment_tree

AWAY, HANDOVER = "away_text", "hand_over"
"""`Message.origin_kind` of the away text and of the answer to a customer who asks for a person."""
AUTOMATIC = (ORIGIN, AWAY, HANDOVER)
PEOPLE = ("member", "phone")
"""Origins of messages that a person of the shop wrote: here, or on the shop's own phone."""
TURNS_WITHIN = timedelta(minutes=10)

_COUNTS = """
SELECT m.contact_id,
       max(m.created_at) FILTER (WHERE m.origin_kind = ANY(%(people)s)),
       count(*) FILTER (WHERE m.origin_kind = ANY(%(automatic)s) AND m.created_at > %(ten_minutes)s),
       count(*) FILTER (WHERE m.origin_kind = ANY(%(automatic)s) AND m.created_at > %(day)s)
  FROM messaging_message m
 WHERE m.contact_id = ANY(%(contacts)s) AND m.direction = 'outbound' AND m.created_at > %(since)s
 GROUP BY 1
"""


def facts_of(
    arrivals: Sequence[Arrival], settings: ReplySettings, modes: Mapping[int, ConversationMode]
) -> dict[int, Facts]:
    """The facts for the guard about messages of different contacts that were just stored, by contact.

    `modes`: the stored modes of their conversations, by contact.
    """
    now = clock.now()
    silence = timedelta(minutes=settings.silence_minutes)
    params: dict[str, Any] = {
        "contacts": [arrival.contact.pk for arrival in arrivals],
        "people": list(PEOPLE),
        "automatic": list(AUTOMATIC),
        "ten_minutes": now - TURNS_WITHIN,
        "day": now - timedelta(days=1),
        "since": now - max(silence, timedelta(days=1)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, params)
        counts = {contact: row for contact, *row in cursor.fetchall()}
    found = {}
    for arrival in arrivals:
        person_at, in_ten_minutes, in_a_day = counts.get(arrival.contact.pk, (None, 0, 0))
        mode = modes.get(arrival.contact.pk) or ConversationMode()
        found[arrival.contact.pk] = Facts(
            written_at=arrival.message.created_at,
            arrived_at=now,
            silence=silence,
            may_be_stop=arrival.keyword == "doubt",
            person_at=person_at,
            handed_back_at=mode.handed_back_at,
            taken_over_until=mode.taken_over_until,
            machine_at=mode.machine_at,
            replied_10_minutes=in_ten_minutes,
            replied_day=in_a_day,
        )
    return found


def turns_of(message: Message) -> list[Turn]:
    """The last messages of the conversation, oldest first, up to this one."""
    rows = (
        Message.objects.filter(contact=message.contact_id, channel=message.channel_id, pk__lte=message.pk)
        .filter(created_at__gt=message.created_at - TURNS_WITHIN)
        .order_by("-pk")
        .values_list("created_at", "text", "direction")[:20]
    )
    return [Turn(at, text, direction == Message.Direction.INBOUND) for at, text, direction in reversed(rows)]


def is_member(workspace: Workspace, segment_id: int, contact_id: int) -> bool:
    """Whether the contact is in the segment now; False for a segment that is gone."""
    segment = Segment.objects.filter(workspace=workspace, pk=segment_id).first()
    return segment is not None and holds_for(workspace, segment_tree(segment), contact_id)


def answering_now(conversation: Conversation) -> tuple[bool, datetime | None]:
    """Whether automatic replies may answer this conversation now, and until when only people do."""
    settings = ReplySettings.objects.filter(workspace=conversation.workspace_id).first()
    settings = settings or ReplySettings(workspace_id=conversation.workspace_id)
    now = clock.now()
    newest = (
        Message.objects.filter(contact=conversation.contact_id, channel=conversation.channel_id)
        .filter(origin_kind__in=PEOPLE, direction=Message.Direction.OUTBOUND)
        .order_by("-pk")
        .values_list("created_at", flat=True)
        .first()
    )
    mode = ConversationMode.objects.filter(conversation=conversation).first() or ConversationMode()
    facts = Facts(
        now, now, timedelta(minutes=settings.silence_minutes), person_at=newest, handed_back_at=mode.handed_back_at,
        taken_over_until=mode.taken_over_until,
    )  # fmt: skip
    until = silent_until(facts)
    return settings.is_on and not (until and until > now), until if until and until > now else None
