"""The facts for the guard, and the mode of a conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import opening_hours
from wabolt.autoreply.models import ConversationMode, ReplyAnswer, ReplySettings
from wabolt.autoreply.queries.rule_books import ORIGIN, RuleBook, settings_of
from wabolt.autoreply.rules.choosing import Situation
from wabolt.autoreply.rules.deciding import MenuLine
from wabolt.autoreply.rules.guard import FRESH, MACHINE_SILENCE, Facts, Turn, refusal, silent_until
from wabolt.channels.registry import Choice
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.queries import is_held_past
from wabolt.messaging.registry import Arrival, Dialog
from wabolt.segments.models import Segment
from wabolt.segments.queries import BrokenSegment, holds_for, segment_tree

AWAY, HANDOVER = "away_text", "hand_over"
"""`Message.origin_kind` of the away text and of the answer to a customer who asks for a person."""
AUTOMATIC = (ORIGIN, AWAY, HANDOVER)
PEOPLE = ("member", "phone")
"""Origins of messages that a person of the shop wrote: here, or on the shop's own phone."""
MENU = "reply_menu"
"""`Dialog.responder` while a menu waits for a number; its data has `choices` as `Message.choices`."""
MENU_LINE = "rule:"
"""Beginning of the ids of the choices under an answer; the rest is the id of a rule."""
TURNS_WITHIN = timedelta(minutes=10)

_COUNTS = """
SELECT m.contact_id,
       max(m.created_at) FILTER (WHERE m.origin_kind = ANY(%(people)s) AND m.channel_id = %(channel)s),
       count(*) FILTER (WHERE m.origin_kind = ANY(%(automatic)s) AND m.created_at > %(ten_minutes)s
                        AND m.created_at <= %(ahead)s),
       count(*) FILTER (WHERE m.origin_kind = ANY(%(automatic)s) AND m.created_at > %(day)s)
  FROM messaging_message m
 WHERE m.contact_id = ANY(%(contacts)s) AND m.direction = 'outbound' AND m.created_at > %(since)s
 GROUP BY 1
"""


def situation_now(workspace: Workspace, channel_id: int) -> Situation:
    """The situation of a message that arrives now on this channel from a person who is in no segment."""
    now = clock.now()
    is_open, weekday = opening_hours(workspace).is_open(now), now.astimezone(workspace.tz).weekday()
    return Situation(channel_id, is_open, weekday, lambda _segment: False)


def facts_of(
    arrivals: Sequence[Arrival], settings: ReplySettings, modes: Mapping[int, ConversationMode]
) -> dict[int, Facts]:
    """The facts for the guard about messages of different contacts on one channel that were just stored, by contact. A
    person who writes silences one conversation; the limits of replies count all numbers.

    `modes`: the stored modes of their conversations, by contact.
    """
    now = clock.now()
    silence = timedelta(minutes=settings.silence_minutes)
    held = is_held_past(arrivals[0].channel, now + FRESH)
    params: dict[str, Any] = {
        "contacts": [arrival.contact.pk for arrival in arrivals],
        "channel": arrivals[0].channel.pk,
        "people": list(PEOPLE),
        "automatic": list(AUTOMATIC),
        "ten_minutes": now - TURNS_WITHIN,
        "ahead": now + clock.AHEAD,  # later ones are from before the wall clock was set back
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
            held=held,
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
        .values_list("created_at", "sent_at", "text", "direction")[:20]
    )
    turns = []
    for created_at, sent_at, text, direction in reversed(rows):
        is_customer = direction == Message.Direction.INBOUND
        turns.append(Turn(created_at if is_customer else sent_at, text, is_customer))
    return turns


def menus_of(arrivals: Sequence[Arrival], dialogs: Mapping[int, Dialog]) -> dict[int, list[MenuLine]]:
    """{message id: the menu that it may answer}: the one that the message quotes, or the last one that is still open.

    A menu is read as it was sent, so a change of the rules or of the answers does not move its numbers.
    """
    found = {
        arrival.message.pk: _lines(dialog.data.get("choices"))
        for arrival in arrivals
        if (dialog := dialogs.get(arrival.contact.pk)) is not None and dialog.responder == MENU
    }
    quoted = {arrival.message.quoted_id: arrival.message.pk for arrival in arrivals if arrival.message.quoted_id}
    if quoted:
        menus = Message.objects.filter(pk__in=quoted, origin_kind=ORIGIN).exclude(choices=[])
        found |= {quoted[pk]: _lines(choices) for pk, choices in menus.values_list("pk", "choices")}
    return found


def choices_of(answer: ReplyAnswer, book: RuleBook) -> list[Choice]:
    """The menu under an answer. A line whose rule is off or deleted is left out."""
    rules = book.conditions
    return [
        Choice(f"{MENU_LINE}{line['rule']}", line["title"])
        for line in answer.choices
        if line["rule"] in rules and rules[line["rule"]].is_on
    ]


def _lines(choices: object) -> list[MenuLine]:
    lines = []
    for one in choices if isinstance(choices, list) else []:
        number = str(one.get("id", "")).removeprefix(MENU_LINE)
        lines.append(MenuLine(str(one.get("title", "")), int(number) if number.isdecimal() else 0))
    return lines


def is_member(workspace: Workspace, segment_id: int, contact_id: int) -> bool:
    """Whether the contact is in the segment now; False for a segment that is gone or cannot be read any more."""
    segment = Segment.objects.filter(workspace=workspace, pk=segment_id).first()
    try:
        return segment is not None and holds_for(workspace, segment_tree(segment), contact_id)
    except BrokenSegment:
        return False


@dataclass(frozen=True, slots=True)
class Answering:
    """The one who answers a conversation now. `until`: the end of the time in which automatic replies are silent."""

    who: Literal["automatic", "person", "machine", "off"]
    until: datetime | None = None


def answering_now(conversation: Conversation) -> Answering:
    """The one who answers the conversation now: "person" after a person wrote or took over, "machine" if the contact
    writes like one, "off" if automatic replies are off."""
    settings = settings_of(conversation.workspace)
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
        taken_over_until=mode.taken_over_until, machine_at=mode.machine_at,
    )  # fmt: skip
    until = silent_until(facts)
    if until and until > now:
        return Answering("person", until)
    if not settings.is_on:
        return Answering("off")
    if mode.machine_at is not None and refusal(facts) == "machine":
        return Answering("machine", mode.machine_at + MACHINE_SILENCE)
    return Answering("automatic")
