"""Sends the answers of rules to the messages of a batch, with a number of statements that depends on the rules."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from wabolt.autoreply.models import ReplyAnswer, ReplyRule
from wabolt.autoreply.queries.rule_books import ORIGIN
from wabolt.autoreply.services.actions import run_actions, voucher_variables
from wabolt.autoreply.services.modes import take_over
from wabolt.contacts.registry import read_calls
from wabolt.lib import clock
from wabolt.messaging.models import Conversation, Message
from wabolt.messaging.registry import Arrival, Dialog
from wabolt.messaging.services import Draft, KeyedRow, close_dialogs, open_dialog, queue_keyed

MENU = "reply_menu"
"""`Dialog.responder` while a numbered menu waits for a number."""
MENU_OPEN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A message and the rule that answers it."""

    arrival: Arrival
    rule: int
    conversation: Conversation


def send_answers(chosen: Sequence[Chosen], dialogs: Mapping[int, Dialog]) -> set[int]:
    """Runs the actions of the rules, and then sends their answers, which may name a voucher that an action gave.

    `chosen`: messages of different contacts on one channel. `dialogs`: their open dialogs. Returns the messages that
    need no member.
    """
    rules = _rules(chosen)
    found: dict[int, list[Chosen]] = defaultdict(list)
    for one in chosen:
        if one.rule in rules:
            found[one.rule].append(one)
    for rule_id, messages in found.items():
        _send(rules[rule_id], messages, dialogs)
    done = [one for rule, messages in found.items() for one in messages if not rules[rule].hands_over]
    return {one.arrival.message.pk for one in done}


def _rules(chosen: Sequence[Chosen]) -> dict[int, ReplyRule]:
    if not chosen:
        return {}
    wanted = ReplyRule.objects.filter(
        workspace=chosen[0].arrival.channel.workspace, pk__in={one.rule for one in chosen}, is_on=True, deleted_at=None
    )
    return {rule.pk: rule for rule in wanted.prefetch_related("answers__content")}


def _send(rule: ReplyRule, messages: Sequence[Chosen], dialogs: Mapping[int, Dialog]) -> None:
    calls, origin = read_calls(rule.then), (ORIGIN, rule.pk)
    workspace, channel = rule.workspace, messages[0].arrival.channel
    gifts = {}
    if calls:
        keys = {one.arrival.contact.pk: f"{ORIGIN}:{one.arrival.message.pk}" for one in messages}
        run_actions(workspace=workspace, keys=keys, calls=calls, origin=origin)
        gifts = voucher_variables(workspace, origin, list(keys))
    answers = list(rule.answers.all())
    in_turn: dict[int, list[Arrival]] = defaultdict(list)
    for one in messages if answers else ():
        in_turn[one.arrival.message.pk % len(answers)].append(one.arrival)
    for turn, arrivals in in_turn.items():
        # The key is the message, so one message gets one reply, however often it is processed.
        rows = [KeyedRow(one.contact.pk, str(one.message.pk), gifts.get(one.contact.pk, {})) for one in arrivals]
        draft = Draft(
            purpose=Message.Purpose.SERVICE, origin_kind=ORIGIN, origin_id=rule.pk, content=answers[turn].content,
            priority=Message.Priority.REPLY,
        )  # fmt: skip
        queue_keyed(workspace=workspace, channel=channel, draft=draft, rows=rows)
        _wait_for_numbers(answers[turn], arrivals, dialogs)
    for one in messages if rule.hands_over else ():
        take_over(conversation=one.conversation)


def _wait_for_numbers(answer: ReplyAnswer, arrivals: Sequence[Arrival], dialogs: Mapping[int, Dialog]) -> None:
    """Opens the menu of an answer, or closes the menu that was open before."""
    channel = arrivals[0].channel
    if answer.choices:
        until = clock.now() + MENU_OPEN
        for one in arrivals:
            data = {"answer": answer.pk}
            open_dialog(channel=channel, contact_id=one.contact.pk, responder=MENU, data=data, until=until)
        return
    asked = {contact for contact, dialog in dialogs.items() if dialog.responder == MENU}
    ended = [one.contact.pk for one in arrivals if one.contact.pk in asked]
    if ended:
        close_dialogs(channel=channel, contact_ids=ended)
