"""The responder of automatic replies."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import override
from rapidfuzz import fuzz

from wabolt.accounts.queries import opening_hours
from wabolt.autoreply.models import ConversationMode, ReplyAnswer, ReplyRule, ReplySettings
from wabolt.autoreply.queries.answering import AWAY, HANDOVER, facts_of, is_member, turns_of
from wabolt.autoreply.queries.rule_books import ORIGIN, rule_book, settings_of
from wabolt.autoreply.rules.chat_words import plain_words
from wabolt.autoreply.rules.choosing import Situation, asks_for_person, choose
from wabolt.autoreply.rules.guard import looks_like_machine, refusal
from wabolt.autoreply.rules.matching import matches, menu_number
from wabolt.autoreply.services.modes import note_away, note_machine, take_over
from wabolt.autoreply.services.unanswered import note_unanswered
from wabolt.contacts.services import add_tags
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message, MessageContent
from wabolt.messaging.registry import Arrival
from wabolt.messaging.services import Draft, close_dialog, open_dialog, queue_messages

MENU = "reply_menu"
"""`Dialog.responder` while a numbered menu waits for a number."""
MENU_OPEN = timedelta(hours=24)
AWAY_AGAIN = timedelta(hours=12)
"""The away text goes to a conversation once in this time."""


def answer(arrival: Arrival) -> bool:
    """Responder: sends at most one automatic reply. Returns whether a rule answered.

    A message that only the away text answers, or that asks for a person, stays unread for the team.
    """
    workspace, message = arrival.channel.workspace, arrival.message
    settings = settings_of(workspace)
    if not settings.is_on:
        return False
    conversation = Conversation.objects.get(channel=arrival.channel, contact=arrival.contact)
    mode = ConversationMode.objects.filter(conversation=conversation).first()
    if refusal(facts_of(message, settings, mode, may_be_stop=arrival.keyword == "doubt")) is not None:
        return False
    if looks_like_machine(turns_of(message), fuzz.ratio):
        note_machine(conversation)
        return False
    if asks_for_person(message.text):
        _hand_over(arrival, settings, conversation)
        return False
    is_open = opening_hours(workspace).is_open(clock.now())
    rule = _rule_for(arrival, settings, is_open=is_open)
    if rule is not None:
        _answer_with(arrival, rule, conversation)
        return not rule.hands_over
    note_unanswered(message, workspace)
    if settings.away_text and not is_open:
        _say_away(arrival, settings, conversation, mode)
    return False


def _rule_for(arrival: Arrival, settings: ReplySettings, *, is_open: bool) -> ReplyRule | None:
    """The rule that answers: by its words, or by a number from the menu that was sent last."""
    workspace = arrival.channel.workspace
    book = rule_book(workspace.pk, settings.version)
    situation = Situation(
        arrival.channel.pk, is_open, lambda segment: is_member(workspace, segment, arrival.contact.pk)
    )
    choice = choose(matches(arrival.message.text, book.index), book.conditions, situation)
    chosen = choice.match.phrase.rule if choice.match is not None else _from_menu(arrival)
    return ReplyRule.objects.filter(workspace=workspace, pk=chosen or 0, is_on=True, deleted_at=None).first()


def _from_menu(arrival: Arrival) -> int | None:
    asked = arrival.dialog
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


def _answer_with(arrival: Arrival, rule: ReplyRule, conversation: Conversation) -> None:
    answers = list(rule.answers.select_related("content"))
    if answers:
        chosen = answers[arrival.message.pk % len(answers)]
        _queue(arrival, ORIGIN, rule.pk, content=chosen.content)
        if chosen.choices:
            until = clock.now() + MENU_OPEN
            open_dialog(
                channel=arrival.channel, contact_id=arrival.contact.pk, responder=MENU, data={"answer": chosen.pk},
                until=until,
            )  # fmt: skip
        elif (asked := arrival.dialog) is not None and asked.responder == MENU:
            close_dialog(channel=arrival.channel, contact_id=arrival.contact.pk)
    if rule.tag:
        add_tags(workspace=rule.workspace, contact_ids=[arrival.contact.pk], tag_names=[rule.tag])
    if rule.hands_over:
        take_over(conversation=conversation)


def _hand_over(arrival: Arrival, settings: ReplySettings, conversation: Conversation) -> None:
    """Tells the customer that a person will answer, and lets only people answer from now on."""
    workspace = arrival.channel.workspace
    with override(workspace.language):
        text = settings.handover_text or _("Of course! Somebody from %(shop)s will answer you here soon.") % {
            "shop": workspace.name
        }
    _queue(arrival, HANDOVER, arrival.message.pk, text=text)
    take_over(conversation=conversation)


def _say_away(
    arrival: Arrival, settings: ReplySettings, conversation: Conversation, mode: ConversationMode | None
) -> None:
    if mode is not None and mode.away_at is not None and clock.now() - mode.away_at < AWAY_AGAIN:
        return
    _queue(arrival, AWAY, arrival.message.pk, text=settings.away_text)
    note_away(conversation)


def _queue(
    arrival: Arrival, origin: str, origin_id: int, *, text: str = "", content: MessageContent | None = None
) -> None:
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=origin,
        origin_id=origin_id,
        key=str(arrival.message.pk),  # one reply per message, however often the message is processed
        text=text,
        content=content,
        priority=Message.Priority.REPLY,
    )
    queue_messages(
        workspace=arrival.channel.workspace, channel=arrival.channel, contact_ids=[arrival.contact.pk], draft=draft
    )
