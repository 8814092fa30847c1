"""Prints a definition in its text form. `text_form.read` gives the same definition back."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import definition as d
from . import text_words as words
from .codec import dump_step
from .structure import arms_of

_PLAIN_WORD = re.compile(r"[\w.:/-]+", re.ASCII)
_STEP = "  "


def print_journey(definition: d.Definition, language: str = "id") -> str:
    """The text of a journey in "en" or "id"."""
    return "\n".join(_Printer(language).journey(definition)) + "\n"


class _Printer:
    def __init__(self, language: str) -> None:
        self.language = language if language in words.LANGUAGES else "en"

    def journey(self, definition: d.Definition) -> Iterator[str]:
        trigger, entry = definition.trigger, definition.entry
        if trigger.kind or trigger.settings:
            yield _line(
                self.keyword("trigger"), _quoted(trigger.kind) if trigger.kind else "", _pairs(trigger.settings)
            )
        if entry != d.Entry():
            values = {name: getattr(entry, name) for name in entry.__slots__}
            default = d.Entry()
            changed = {name: value for name, value in values.items() if value != getattr(default, name)}
            yield _line(self.keyword("entry"), _pairs(changed))
        for happening in definition.exits:
            yield _line(self.keyword("exit"), self.happening(happening))
        if definition.goal:
            yield _line(self.keyword("goal"), self.happening(definition.goal))
        for step in definition.steps:
            yield from self.step(step, "")

    def step(self, step: d.Step, indent: str) -> Iterator[str]:
        kind = d.kind_of(step)
        head = f"{indent}{self.keyword(kind)} #{step.id}"
        inner = indent + _STEP
        match step:
            case d.Send():
                data = dump_step(step)
                yield _line(head, _pairs({key: data[key] for key in data if key not in ("id", "kind", "text")}))
                if step.text:
                    yield from (f"{inner}| {line}" if line else f"{inner}|" for line in step.text.split("\n"))
            case d.Wait():
                yield _line(head, self.wait(step))
            case d.Branch() | d.Split():
                yield head
                yield from self.arms(step, inner)
            case d.Act():
                yield _line(head, _quoted(step.action) if step.action else "", _pairs(step.params))
            case d.Webhook():
                yield _line(head, _quoted(step.url) if step.url else "")
            case d.End():
                yield head

    def arms(self, step: d.Branch | d.Split, indent: str) -> Iterator[str]:
        heads = [
            _line(self.keyword("if"), self.when(arm.when))
            if isinstance(arm, d.BranchArm)
            else f"{self.keyword('share')} {arm.weight}%"
            for arm in step.arms
        ]
        if isinstance(step, d.Branch) and step.otherwise:
            heads.append(self.keyword("else"))
        for head, steps in zip(heads, arms_of(step), strict=False):
            yield indent + head
            yield from self.steps(steps, indent + _STEP)

    def steps(self, steps: tuple[d.Step, ...], indent: str) -> Iterator[str]:
        for step in steps:
            yield from self.step(step, indent)

    def wait(self, step: d.Wait) -> str:
        duration = f"{step.amount} {words.UNITS[step.unit][self.language]}"
        match step.mode:
            case "duration":
                return f"{duration} {self.inside('at')} {step.at}" if step.at else duration
            case "clock":
                days = ", ".join(words.WEEKDAYS[str(day)][self.language] for day in step.weekdays)
                return _line(self.inside("until"), step.at, f"{self.inside('on')} {days}" if days else "")
            case _:
                until = f"{self.inside('until')} {self.happening(step.until)}" if step.until else ""
                return _line(self.inside("at most"), duration, until)

    def happening(self, happening: d.Happening) -> str:
        match happening.kind:
            case "order":
                return self.inside("order")
            case "event":
                event = _quoted(happening.event) if happening.event or happening.where else ""
                return _line(self.inside("event"), event, _pairs(happening.where))
            case _:
                opening = {key: words.INSIDE[key] for key in ("order", "event")}
                return _rest(happening.when, words.starting(opening, happening.when) is not None)

    def when(self, when: d.When) -> str:
        if isinstance(when, d.Outcome):
            return f"#{when.step} {words.OUTCOMES[when.is_][self.language]}"
        return _rest(when, when.startswith("#"))

    def keyword(self, key: str) -> str:
        return words.KEYWORDS[key][self.language]

    def inside(self, key: str) -> str:
        return words.INSIDE[key][self.language]


def _line(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _rest(text: str, is_unclear: bool) -> str:
    """A text as the rest of a line; in JSON if it would be read as something else."""
    if is_unclear or text != text.strip() or text.startswith("=") or not text.isprintable():
        return f"= {json.dumps(text)}"
    return text


def _pairs(values: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={_written(value)}" for name, value in values.items())


def _written(value: Any) -> str:
    return _quoted(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    """The text without quotation marks, if it is a plain word that JSON does not take for a number or a constant."""
    if not _PLAIN_WORD.fullmatch(text):
        return json.dumps(text)
    try:
        json.loads(text)
    except ValueError:
        return text
    return json.dumps(text)
