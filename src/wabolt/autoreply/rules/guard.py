"""Whether an automatic reply may go out: people first, no loops, no answers to machines."""

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
FAST_ANSWERS = 3
"""This many answers in a row that are faster than `HUMAN_SPEED` mark a machine."""
REPEATS = 3
"""This many near-identical repetitions of a message within ten minutes, each after a reply, mark a machine."""
SUSPECTED_FROM = min(FAST_ANSWERS, REPEATS)
"""Automatic replies in ten minutes before which `looks_like_machine` is False."""
LIKENESS = 90
"""Similarity of two near-identical messages, in percent."""
MACHINE_SILENCE = timedelta(hours=12)
"""Time without automatic replies after a machine was found."""

Similarity = Callable[[str, str], float]
"""The likeness of two texts in percent."""
Reason = Literal["not_fresh", "stopping", "person_answers", "taken_over", "machine", "too_many", "too_many_today"]


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts about a conversation at the arrival of a message.

    `written_at`, `arrived_at`: the times of the message at WhatsApp and here. `may_be_stop`: it may mean that
    promotions shall stop. `person_at`: the last message of a person of the shop, from WABolt or from the phone itself.
    `handed_back_at`: the last hand-back of the conversation to automatic replies. `taken_over_until`: end of a
    take-over. `silence`: time without automatic replies after a person wrote. `machine_at`: the last time that the
    contact was taken for a machine. `replied_10_minutes`, `replied_day`: automatic replies to the contact.
    """

    written_at: datetime
    arrived_at: datetime
    silence: timedelta
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
    if now - facts.written_at > FRESH:
        return "not_fresh"
    if facts.may_be_stop:
        return "stopping"
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
    if now - facts.written_at > FRESH:
        return "not_fresh"
    if facts.may_be_stop:
        return "stopping"
    if facts.person_at is not None and facts.person_at > asked_at:
        return "person_answers"
    if facts.machine_at is not None and now - facts.machine_at < MACHINE_SILENCE:
        return "machine"
    return None


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
    """A message of a conversation: when it was written, by whom, and its text."""

    at: datetime
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
        if after.is_customer and not before.is_customer:
            if after.at - before.at >= HUMAN_SPEED:
                return False
            fast += 1
            if fast == FAST_ANSWERS:
                return True
    return False


def _repeats_itself(turns: list[Turn], likeness: Similarity) -> bool:
    if not turns or not turns[-1].is_customer:
        return False
    newest = turns[-1].text
    answered = False
    count = 1
    for turn in reversed(turns[:-1]):
        if not turn.is_customer:
            answered = True
        elif answered and likeness(newest, turn.text) >= LIKENESS:
            count += 1
            answered = False
            if count > REPEATS:
                return True
    return False
