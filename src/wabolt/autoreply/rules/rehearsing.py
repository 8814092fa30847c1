"""A chat form played without a customer: what it would answer to a list of messages. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from wabolt.autoreply.rules.asking import RETRIES, Misread, Question, Reading, cancels, read_answer
from wabolt.autoreply.rules.choosing import asks_for_person
from wabolt.autoreply.rules.complaining import complains

Step = Literal["asked", "again", "cancelled", "to_person", "finished"]


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the rehearsal. `said`: the customer's, or "" for one of ours. `step`: the kind of our message;
    `question`: the one that it asks. `problem`: why the message before was no answer. `value`: what it was read as."""

    said: str = ""
    step: Step | None = None
    question: Question | None = None
    problem: Misread | None = None
    value: Any = None


def rehearse(questions: Sequence[Question], said: Sequence[str], today: date) -> list[Line]:
    """The messages of both sides, in order, beginning with the first question."""
    lines = [Line(step="asked", question=questions[0])]
    step = retries = 0
    for text in said:
        if asks_for_person(text) or cancels(text, questions[step]):
            return [*lines, Line(text), Line(step="to_person" if asks_for_person(text) else "cancelled")]
        reading = read_answer(questions[step], [text], today=today, asked_again=retries > 0)
        if complains(text) and not isinstance(reading, Reading):
            return [*lines, Line(text), Line(step="to_person")]
        if isinstance(reading, Reading):
            lines.append(Line(text, value=reading.value, question=questions[step]))
            step, retries = step + 1, 0
            if step == len(questions):
                return [*lines, Line(step="finished")]
            lines.append(Line(step="asked", question=questions[step]))
        else:
            lines.append(Line(text))
            if retries >= RETRIES:
                return [*lines, Line(step="to_person")]
            retries += 1
            lines.append(Line(step="again", question=questions[step], problem=reading))
    return lines
