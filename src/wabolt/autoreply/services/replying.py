"""Sends the answers of rules to the messages of a batch, with a number of statements that depends on the rules."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count

from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.queries.answering import MENU, choices_of
from wabolt.autoreply.queries.rule_books import ORIGIN, RuleBook
from wabolt.autoreply.services.actions import run_actions, voucher_variables
from wabolt.autoreply.services.form_texts import choose_label
from wabolt.autoreply.services.modes import take_over
from wabolt.channels.registry import Choice
from wabolt.contacts.registry import read_calls
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.registry import Arrival, Dialog
from wabolt.messaging.services import Draft, KeyedRow, close_dialogs, open_dialog, queue_keyed

MENU_OPEN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A message and the rule that answers it. `by_menu`: it was chosen from a menu."""

    arrival: Arrival
    rule: int
    conversation: Conversation
    by_menu: bool = False

    @property
    def contact(self) -> int:
        """The id of the customer."""
        return self.arrival.contact.pk


def send_answers(chosen: Sequence[Chosen], dialogs: Mapping[int, Dialog], book: RuleBook) -> set[int]:
    """Runs the actions of the rules, and then sends their answers, which may name a voucher that an action gave.

    `chosen`: messages of different contacts on one channel. `dialogs`: their open dialogs. `book`: the rules that menus
    may lead to. Returns the messages that need no member.
    """
    rules = _rules(chosen)
    found: dict[int, list[Chosen]] = defaultdict(list)
    for one in chosen:
        if one.rule in rules:
            found[one.rule].append(one)
    for rule_id, messages in found.items():
        _send(rules[rule_id], messages, dialogs, book)
    done = [one for rule, messages in found.items() for one in messages if not rules[rule].hands_over]
    return {one.arrival.message.pk for one in done}


def _rules(chosen: Sequence[Chosen]) -> dict[int, ReplyRule]:
    if not chosen:
        return {}
    wanted = ReplyRule.objects.filter(
        workspace=chosen[0].arrival.channel.workspace, pk__in={one.rule for one in chosen}, is_on=True, deleted_at=None
    )
    return {rule.pk: rule for rule in wanted.prefetch_related("answers__content")}


def _send(rule: ReplyRule, messages: Sequence[Chosen], dialogs: Mapping[int, Dialog], book: RuleBook) -> None:
    calls, origin = read_calls(rule.then), (ORIGIN, rule.pk)
    workspace, channel = rule.workspace, messages[0].arrival.channel
    gifts = {}
    keys = {one.contact: f"{ORIGIN}:{one.arrival.message.pk}" for one in messages}
    if calls:
        run_actions(workspace=workspace, keys=keys, calls=calls, origin=origin)
        gifts = voucher_variables(workspace, origin, list(keys))
    answers = list(rule.answers.all())
    given = _answers_given(rule, messages) if len(answers) > 1 else {}
    in_turn: dict[int, list[Chosen]] = defaultdict(list)
    for one in messages if answers else ():
        in_turn[given.get(one.contact, 0) % len(answers)].append(one)
    for turn, now in in_turn.items():
        # The key is the message, so one message gets one reply, however often it is processed.
        rows = [KeyedRow(one.contact, str(one.arrival.message.pk), gifts.get(one.contact, {})) for one in now]
        choices = choices_of(answers[turn], book)
        draft = Draft(
            purpose=Message.Purpose.SERVICE, origin_kind=ORIGIN, origin_id=rule.pk, content=answers[turn].content,
            priority=Message.Priority.REPLY, choices=choices, choices_label=choose_label(workspace),
        )  # fmt: skip
        queue_keyed(workspace=workspace, channel=channel, draft=draft, rows=rows)
        _wait_for_numbers(choices, now, dialogs)
    if calls:
        run_actions(workspace=workspace, keys=keys, calls=calls, origin=origin, asking=True)
    for one in messages if rule.hands_over else ():
        take_over(conversation=one.conversation)


def _answers_given(rule: ReplyRule, messages: Sequence[Chosen]) -> dict[int, int]:
    """{contact id: how many answers of the rule they got}: each person gets the answers in turn."""
    contacts = [one.contact for one in messages]
    sent = Message.objects.filter(contact__in=contacts, origin_kind=ORIGIN, origin_id=rule.pk).order_by()
    return dict(sent.values("contact").annotate(number=Count("pk")).values_list("contact", "number"))


def _wait_for_numbers(choices: Sequence[Choice], messages: Sequence[Chosen], dialogs: Mapping[int, Dialog]) -> None:
    """Opens the menu of an answer. Otherwise closes the menu that was open before, unless the answer was chosen from
    it: a customer who has read one line may want another."""
    channel = messages[0].arrival.channel
    if choices:
        until = clock.now() + MENU_OPEN
        data = {"choices": [{"id": choice.id, "title": choice.title} for choice in choices]}
        for one in messages:
            open_dialog(channel=channel, contact_id=one.contact, responder=MENU, data=data, until=until)
        return
    asked = {contact for contact, dialog in dialogs.items() if dialog.responder == MENU}
    ended = [one.contact for one in messages if not one.by_menu and one.contact in asked]
    if ended:
        close_dialogs(channel=channel, contact_ids=ended)
