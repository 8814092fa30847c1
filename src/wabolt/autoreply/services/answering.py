"""The responder of automatic replies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override
from rapidfuzz import fuzz

from wabolt.autoreply.models import ConversationMode, ReplySettings
from wabolt.autoreply.queries.answering import (
    AWAY,
    HANDOVER,
    facts_of,
    is_member,
    menus_of,
    situation_now,
    turns_of,
)
from wabolt.autoreply.queries.rule_books import RuleBook, rule_book
from wabolt.autoreply.rules.choosing import Situation
from wabolt.autoreply.rules.deciding import Decision, MenuLine, Told, decide
from wabolt.autoreply.rules.guard import SUSPECTED_FROM, Facts, looks_like_machine, refusal
from wabolt.autoreply.services.modes import note_away, note_machine, take_over
from wabolt.autoreply.services.replying import Chosen, send_answers
from wabolt.autoreply.services.unanswered import note_unanswered
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.queries import typed_texts
from wabolt.messaging.registry import Arrival, dialogs_of
from wabolt.messaging.services import Draft, queue_messages

AWAY_AGAIN = timedelta(hours=12)
"""The away text goes to a conversation once in this time."""


@dataclass(frozen=True, slots=True)
class _Shop:
    """The facts of a shop, and what its messages of a batch need, read once for all of them.

    `situation`: without the segments of the author. `texts`: what people typed, by message. `menus`: the menu that a
    person answers, by message.
    """

    settings: ReplySettings
    book: RuleBook
    situation: Situation
    texts: Mapping[int, str]
    menus: Mapping[int, Sequence[MenuLine]]


def answer(arrivals: Sequence[Arrival]) -> set[int]:
    """Responder: sends at most one automatic reply to each message. Returns the messages that a rule answered.

    A message that only the away text answers, that asks for a person or that complains stays unread for the team. A
    complaint that no rule answers silences the automatic replies, so that the customer's next words start no rule. A
    shop that has never had a rule costs one query.
    """
    channel = arrivals[0].channel
    settings = ReplySettings.objects.filter(workspace=channel.workspace).first()
    if settings is None or not settings.is_on:
        return set()
    messages, dialogs = [arrival.message for arrival in arrivals], dialogs_of(arrivals)
    shop = _Shop(
        settings, rule_book(channel.workspace.pk, settings.version), situation_now(channel.workspace, channel.pk),
        typed_texts(messages), menus_of(arrivals, dialogs),
    )  # fmt: skip
    contacts = [arrival.contact.pk for arrival in arrivals]
    conversations = {row.contact_id: row for row in Conversation.objects.filter(channel=channel, contact__in=contacts)}
    stored = ConversationMode.objects.filter(conversation__in=conversations.values()).select_related("conversation")
    modes = {mode.conversation.contact_id: mode for mode in stored}
    facts = facts_of(arrivals, settings, modes)
    chosen: list[Chosen] = []
    unanswered: list[Message] = []
    for_team: set[int] = set()
    for arrival in arrivals:
        contact = arrival.contact.pk
        if refusal(facts[contact]) is not None or _is_machine(arrival, facts[contact], conversations[contact]):
            continue
        decision = _decide(arrival, shop, modes.get(contact))
        if decision.complains:
            for_team.add(arrival.message.pk)
        if decision.winner == "person":
            hand_over(arrival, settings, conversations[contact])
        elif decision.rule is not None:
            chosen.append(Chosen(arrival, decision.rule, conversations[contact], by_menu=decision.winner == "menu"))
        elif decision.winner in {"away", "complaint", "none"}:
            unanswered.append(arrival.message)
            if decision.winner == "away":
                _queue(arrival, AWAY, text=settings.away_text)
                note_away(conversations[contact])
            if decision.complains:
                take_over(conversation=conversations[contact])
    # A complaint was understood and needs no rule.
    note_unanswered([message for message in unanswered if message.pk not in for_team], channel.workspace, shop.texts)
    return send_answers(chosen, dialogs, shop.book) - for_team


def _is_machine(arrival: Arrival, facts: Facts, conversation: Conversation) -> bool:
    """Whether the contact writes like a machine, which is noted. A contact is not suspected before the third reply."""
    if facts.replied_10_minutes < SUSPECTED_FROM or not looks_like_machine(turns_of(arrival.message), fuzz.ratio):
        return False
    note_machine(conversation)
    return True


def _decide(arrival: Arrival, shop: _Shop, mode: ConversationMode | None) -> Decision:
    workspace, message = arrival.channel.workspace, arrival.message
    situation = replace(shop.situation, in_segment=lambda segment: is_member(workspace, segment, arrival.contact.pk))
    said_away = mode is not None and mode.away_at is not None and clock.now() - mode.away_at < AWAY_AGAIN
    away = bool(shop.settings.away_text) and not situation.is_open and not said_away
    told = Told(arrival.keyword, menu=shop.menus.get(message.pk, ()), away=away)
    return decide(shop.texts[message.pk], shop.book.index, shop.book.conditions, situation, told)


def hand_over(arrival: Arrival, settings: ReplySettings, conversation: Conversation) -> None:
    """Tells the customer that a person will answer, and lets only people answer from now on."""
    workspace = arrival.channel.workspace
    with override(workspace.language):
        text = settings.handover_text or _("Of course! Somebody from %(shop)s will answer you here soon.") % {
            "shop": workspace.name
        }
    _queue(arrival, HANDOVER, text=text)
    take_over(conversation=conversation)


def _queue(arrival: Arrival, origin: str, *, text: str) -> None:
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=origin,
        origin_id=arrival.message.pk,
        key=str(arrival.message.pk),  # one reply per message, however often the message is processed
        text=text,
        priority=Message.Priority.REPLY,
    )
    queue_messages(
        workspace=arrival.channel.workspace, channel=arrival.channel, contact_ids=[arrival.contact.pk], draft=draft
    )
