"""Whether an automatic reply may go out: people first, no loops, no answers to machines."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

FRESH = timedelta(minutes=5)
"""The longest time between writing and arrival. A message that arrives later, for example after a long disconnection,
gets no automatic reply: the customer has stopped waiting, and a hundred late answers at once look like spam."""
IN_TEN_MINUTES = 5
A_DAY = 20
"""The most automatic replies to one contact in ten minutes (`IN_TEN_MINUTES`) and in 24 hours (`A_DAY`)."""
HUMAN_SPEED = timedelta(seconds=2)
"""A person needs longer than this to read a reply and to answer it."""
_WHOLE_SECOND = timedelta(seconds=1)
"""WhatsApp gives the time of a message in whole seconds, so an answer can seem to come before the reply."""
FAST_ANSWERS = 3
"""This many answers in a row that are faster than `HUMAN_SPEED` mark a machine."""
REPEATS = 3
"""This many near-identical repetitions of a message within ten minutes, each after a reply, mark a machine."""
SUSPECTED_FROM = min(FAST_ANSWERS, REPEATS)
"""Automatic replies in ten minutes before which `looks_like_machine` is False."""
LIKENESS = 90
"""Similarity of two near-identical messages, in percent."""
_LONG = 20
"""Letters of a text of which only the numbers differ from the last one, so that it is taken for the same: a machine
counts its tickets, and a person who writes "1" and "2" chooses from a menu."""
MACHINE_SILENCE = timedelta(hours=12)
"""Time without automatic replies after a machine was found."""

Similarity = Callable[[str, str], float]
"""The likeness of two texts in percent."""
Reason = Literal[
    "not_fresh", "held", "stopping", "person_answers", "taken_over", "machine", "too_many", "too_many_today"
]


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts about a conversation at the arrival of a message.

    `written_at`, `arrived_at`: the times of the message at WhatsApp and here. `held`: the number is paused, so a reply
    would be old when it goes out. `may_be_stop`: it may mean that promotions shall stop. `person_at`: the last message
    of a person of the shop, from WABolt or from the phone itself. `handed_back_at`: the last hand-back of the
    conversation to automatic replies. `taken_over_until`: end of a take-over. `silence`: time without automatic replies
    after a person wrote. `machine_at`: the last time that the contact was taken for a machine. `replied_10_minutes`,
    `replied_day`: automatic replies to the contact.
    """

    written_at: datetime
    arrived_at: datetime
    silence: timedelta
    held: bool = False
    may_be_stop: bool = False
    person_at: datetime | None = None
    handed_back_at: datetime | None = None
    taken_over_until: datetime | None = None
    machine_at: datetime | None = None
    replied_10_minutes: int = 0
    replied_day: int = 0


def refusal(facts: Facts) -> Reason | None:
    """Returns why no automatic reply may be given, or None.

    Each silence ends by itself: it is computed from times and not from a switch.
    """
    now = facts.arrived_at
    if (reason := _unfit(facts)) is not None:
        return reason
    silent = silent_until(facts)
    if silent is not None and silent > now:
        taken = facts.taken_over_until is not None and facts.taken_over_until > now
        return "taken_over" if taken else "person_answers"
    if facts.machine_at is not None and now - facts.machine_at < MACHINE_SILENCE:
        return "machine"
    if facts.replied_10_minutes >= IN_TEN_MINUTES:
        return "too_many"
    if facts.replied_day >= A_DAY:
        return "too_many_today"
    return None


def form_refusal(facts: Facts, *, asked_at: datetime) -> Reason | None:
    """Returns why a message is not taken as an answer to a chat form, or None. `asked_at`: the last question.

    The questions of a form answer the customer's own messages and their number is limited, so the limits of replies
    do not apply. A person who wrote after the question has taken the conversation over.
    """
    now = facts.arrived_at
    if (reason := _unfit(facts)) is not None:
        return reason
    if facts.person_at is not None and facts.person_at > asked_at:
        return "person_answers"
    if facts.machine_at is not None and now - facts.machine_at < MACHINE_SILENCE:
        return "machine"
    return None


def _unfit(facts: Facts) -> Reason | None:
    """Returns why this message gets no automatic reply from a rule or a form, or None."""
    if facts.arrived_at - facts.written_at > FRESH:
        return "not_fresh"
    if facts.held:
        return "held"
    return "stopping" if facts.may_be_stop else None


def silent_until(facts: Facts) -> datetime | None:
    """The end of the time in which only people answer in the conversation; None if a person never wrote.

    A hand-back ends the silences that began before it.
    """
    ends = []
    if facts.taken_over_until is not None:
        ends.append(facts.taken_over_until)
    if facts.person_at is not None and not (facts.handed_back_at and facts.handed_back_at >= facts.person_at):
        ends.append(facts.person_at + facts.silence)
    return max(ends, default=None)


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a conversation: when it was written, by whom, and its text. `at` is None for a reply that has not
    gone out, so that the customer cannot have read it."""

    at: datetime | None
    text: str
    is_customer: bool


def looks_like_machine(turns: list[Turn], likeness: Similarity) -> bool:
    """Whether the last messages of a contact are those of a machine.

    `turns`: the messages of the last ten minutes, oldest first, the newest one from the customer; replies in it are
    automatic. A machine answers `FAST_ANSWERS` replies in a row faster than people read, or it repeats nearly the same
    text `REPEATS` times with replies in between.
    """
    return _answers_too_fast(turns) or _repeats_itself(turns, likeness)


def _answers_too_fast(turns: list[Turn]) -> bool:
    fast = 0
    for before, after in zip(reversed(turns[:-1]), reversed(turns), strict=False):
        if not after.is_customer or before.is_customer or before.at is None or after.at is None:
            continue
        if after.at - before.at >= HUMAN_SPEED:
            return False
        # A message that was written before the reply went out is one of a burst, and answers nothing.
        fast += after.at - before.at >= -_WHOLE_SECOND
        if fast == FAST_ANSWERS:
            return True
    return False


def _repeats_itself(turns: list[Turn], likeness: Similarity) -> bool:
    if not turns or not turns[-1].is_customer:
        return False
    newest = _steady(turns[-1].text)
    answered = False
    count = 1
    for turn in reversed(turns[:-1]):
        if not turn.is_customer:
            answered = True
        elif answered and likeness(newest, _steady(turn.text)) >= LIKENESS:
            count += 1
            answered = False
            if count > REPEATS:
                return True
    return False


def _steady(text: str) -> str:
    """A long text with each of its numbers as 0."""
    letters = sum(map(str.isalpha, text))
    return re.sub("[0-9]+", "0", text) if letters >= _LONG else text
