"""The responder of automatic replies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override
from rapidfuzz import fuzz

from wabolt.accounts.queries import opening_hours
from wabolt.autoreply.models import ConversationMode, ReplyAnswer, ReplySettings
from wabolt.autoreply.queries.answering import AWAY, HANDOVER, facts_of, is_member, turns_of
from wabolt.autoreply.queries.rule_books import RuleBook, rule_book
from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.rules.choosing import Situation, asks_for_person, choose
from wabolt.autoreply.rules.guard import SUSPECTED_FROM, Facts, looks_like_machine, refusal
from wabolt.autoreply.rules.matching import matches, menu_number
from wabolt.autoreply.services.modes import note_away, note_machine, take_over
from wabolt.autoreply.services.replying import MENU, Chosen, send_answers
from wabolt.autoreply.services.unanswered import note_unanswered
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.registry import Arrival, Dialog, dialogs_of
from wabolt.messaging.services import Draft, queue_messages

AWAY_AGAIN = timedelta(hours=12)
"""The away text goes to a conversation once in this time."""


@dataclass(frozen=True, slots=True)
class _Shop:
    """The facts of a shop and the open dialogs, by contact, read once for all messages of a batch."""

    settings: ReplySettings
    book: RuleBook
    is_open: bool
    dialogs: Mapping[int, Dialog]


def answer(arrivals: Sequence[Arrival]) -> set[int]:
    """Responder: sends at most one automatic reply to each message. Returns the messages that a rule answered.

    A message that only the away text answers, or that asks for a person, stays unread for the team. A shop that has
    never had a rule costs one query.
    """
    channel = arrivals[0].channel
    settings = ReplySettings.objects.filter(workspace=channel.workspace).first()
    if settings is None or not settings.is_on:
        return set()
    is_open = opening_hours(channel.workspace).is_open(clock.now())
    shop = _Shop(settings, rule_book(channel.workspace.pk, settings.version), is_open, dialogs_of(arrivals))
    contacts = [arrival.contact.pk for arrival in arrivals]
    conversations = {row.contact_id: row for row in Conversation.objects.filter(channel=channel, contact__in=contacts)}
    stored = ConversationMode.objects.filter(conversation__in=conversations.values()).select_related("conversation")
    modes = {mode.conversation.contact_id: mode for mode in stored}
    facts = facts_of(arrivals, settings, modes)
    chosen: list[Chosen] = []
    unanswered: list[Message] = []
    for arrival in arrivals:
        contact = arrival.contact.pk
        if refusal(facts[contact]) is not None or _is_machine(arrival, facts[contact], conversations[contact]):
            continue
        if asks_for_person(arrival.message.text):
            hand_over(arrival, settings, conversations[contact])
        elif (rule := _rule_for(arrival, shop)) is not None:
            chosen.append(Chosen(arrival, rule, conversations[contact]))
        else:
            unanswered.append(arrival.message)
            if settings.away_text and not is_open:
                _say_away(arrival, settings, conversations[contact], modes.get(contact))
    note_unanswered(unanswered, channel.workspace)
    return send_answers(chosen, shop.dialogs)


def _is_machine(arrival: Arrival, facts: Facts, conversation: Conversation) -> bool:
    """Whether the contact writes like a machine, which is noted. A contact is not suspected before the third reply."""
    if facts.replied_10_minutes < SUSPECTED_FROM or not looks_like_machine(turns_of(arrival.message), fuzz.ratio):
        return False
    note_machine(conversation)
    return True


def _rule_for(arrival: Arrival, shop: _Shop) -> int | None:
    """The rule that answers: by its words, or by a number from the menu that was sent last."""
    workspace = arrival.channel.workspace
    situation = Situation(
        arrival.channel.pk, shop.is_open, lambda segment: is_member(workspace, segment, arrival.contact.pk)
    )
    choice = choose(matches(arrival.message.text, shop.book.index), shop.book.conditions, situation)
    if choice.match is not None:
        return choice.match.phrase.rule
    return _from_menu(arrival, shop.dialogs.get(arrival.contact.pk))


def _from_menu(arrival: Arrival, asked: Dialog | None) -> int | None:
    if asked is None or asked.responder != MENU:
        return None
    answer = ReplyAnswer.objects.filter(
        rule__workspace=arrival.channel.workspace, pk=str(asked.data.get("answer") or 0)
    ).first()
    if answer is None:
        return None
    titles = {" ".join(plain_words(line["title"])): number for number, line in enumerate(answer.choices, start=1)}
    number = menu_number(arrival.message.text, len(answer.choices), titles)
    return answer.choices[number - 1]["rule"] if number is not None else None


def hand_over(arrival: Arrival, settings: ReplySettings, conversation: Conversation) -> None:
    """Tells the customer that a person will answer, and lets only people answer from now on."""
    workspace = arrival.channel.workspace
    with override(workspace.language):
        text = settings.handover_text or _("Of course! Somebody from %(shop)s will answer you here soon.") % {
            "shop": workspace.name
        }
    _queue(arrival, HANDOVER, text=text)
    take_over(conversation=conversation)


def _say_away(
    arrival: Arrival, settings: ReplySettings, conversation: Conversation, mode: ConversationMode | None
) -> None:
    if mode is not None and mode.away_at is not None and clock.now() - mode.away_at < AWAY_AGAIN:
        return
    _queue(arrival, AWAY, text=settings.away_text)
    note_away(conversation)


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
