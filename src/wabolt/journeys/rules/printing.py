"""Prints a definition in its text form. `text_form.read` gives the same definition back."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import definition as d
from . import text_words as words
from .codec import dump_step
from .structure import arms_of
from .text_form import NO_WORDS, word_value

_PLAIN_WORD = re.compile(r"[\w.:/-]+", re.ASCII)
_STEP = "  "


def print_journey(definition: d.Definition, language: str = "id", spoken: words.Vocabulary = NO_WORDS) -> str:
    """The text of a journey in "en" or "id"."""
    return "\n".join(_Printer(language, spoken).journey(definition)) + "\n"


class _Printer:
    def __init__(self, language: str, spoken: words.Vocabulary) -> None:
        self.language, self.spoken = language if language in words.LANGUAGES else "en", spoken

    def journey(self, definition: d.Definition) -> Iterator[str]:
        trigger, entry = definition.trigger, definition.entry
        if trigger.kind or trigger.settings:
            yield _line(
                self.keyword("trigger"), self.key(trigger.kind, self.spoken.triggers), self.pairs(trigger.settings)
            )
        values = {name: getattr(entry, name) for name in entry.__slots__ if name != "only"}
        changed = {name: value for name, value in values.items() if value != getattr(d.Entry(), name)}
        if changed:
            yield _line(self.keyword("entry"), self.pairs(changed))
        if entry.only:
            yield _line(self.keyword("only"), _rest(entry.only, is_unclear=False))
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
                yield _line(head, self.pairs({key: data[key] for key in data if key not in ("id", "kind", "text")}))
                if step.text:
                    yield from (f"{inner}| {line}" if line else f"{inner}|" for line in step.text.split("\n"))
            case d.Wait():
                yield _line(head, self.wait(step))
            case d.Branch() | d.Split():
                yield head
                yield from self.arms(step, inner)
            case d.Act():
                yield _line(head, self.key(step.action, self.spoken.actions), self.pairs(step.params))
            case d.Webhook():
                yield _line(head, self.key(step.url, {}))
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
                return _line(
                    self.inside("event"), self.key(happening.event, self.spoken.events), self.pairs(happening.where)
                )
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

    def key(self, key: str, known: words.Words) -> str:
        """A registered key as a word; in quotation marks if the word would mean another one."""
        if not key:
            return ""
        if key in known:
            return known[key][self.language]
        return key if _PLAIN_WORD.fullmatch(key) and words.known(known, key) is None else json.dumps(key)

    def pairs(self, values: Mapping[str, Any]) -> str:
        return " ".join(f"{self.name(name)}={self.value(name, value)}" for name, value in values.items())

    def name(self, name: str) -> str:
        if name in words.NAMES:
            return words.NAMES[name][self.language]
        return json.dumps(name) if words.known(words.NAMES, name) is not None else name

    def value(self, name: str, value: Any) -> str:
        table = self.spoken.events if name == "event" else words.VALUES.get(name, {})
        if isinstance(value, bool):
            return words.ANSWERS["true" if value else "false"][self.language]
        if not isinstance(value, str):
            return json.dumps(value, ensure_ascii=False)
        if value in table:
            return table[value][self.language]
        is_plain = _PLAIN_WORD.fullmatch(value) and word_value(name, value, self.spoken) == value
        return value if is_plain else json.dumps(value)


def _line(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _rest(text: str, is_unclear: bool) -> str:
    """A text as the rest of a line; in JSON if it would be read as something else."""
    if is_unclear or text != text.strip() or text.startswith("=") or not text.isprintable():
        return f"= {json.dumps(text)}"
    return text
