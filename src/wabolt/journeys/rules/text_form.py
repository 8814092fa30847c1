"""The text form of a journey: one line for each step, for people who type.

    pemicu bergabung-ke-daftar
    kirim #a1
      | Hai {{ contact.first_name }}!
    tunggu #b2 2 hari pukul 09:00
    cabang #c3
      kalau #a1 dibalas
        selesai #d4
      selain itu
        kirim #e5 tentang=pesanannya
          | Ada yang bisa dibantu, Kak?

Indentation says what is inside a branch. `#id` keeps the identity of a step; a line without it is a new step. Values
are `name=value` with JSON values; plain words need no quotation marks. Words of both languages and the keys of the JSON
form are understood; a text in quotation marks is never taken for a word. `printing` is the other direction.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import text_words as words
from .codec import DefinitionError, parse
from .definition import Definition

MAX_TEXT = 200_000
NO_WORDS = words.Vocabulary()
_ID = re.compile(r"#([a-z0-9]{1,16})(?:\s+|\Z)")
_NAME = re.compile(r"([\w-]+|\"(?:[^\"\\]|\\.)*\")=")
_BARE = re.compile(r"[^\s\"\[\]{}]+")
_DURATION = re.compile(r"([0-9]{1,6})\s+(\w+)\s*")
_CLOCK = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})\s*")
_PERCENT = re.compile(r"([0-9]{1,3})\s*%?")


class TextError(ValueError):
    """A text that is no journey. `line` counts from 1. `code`: "unknown_word", "bad_value", "indentation",
    "text_without_message", "branch_without_if", or a code of `DefinitionError`."""

    def __init__(self, code: str, line: int, found: str = "") -> None:
        super().__init__(f"line {line}: {code} {found}")
        self.code, self.line, self.found = code, line, found


@dataclass(slots=True)
class _Line:
    """A line, or a message's text under it. `indent`: leading spaces."""

    number: int
    indent: int
    word: str
    rest: str
    text: list[str] = field(default_factory=list)
    inside: list["_Line"] = field(default_factory=list)


def read(text: str, new_id: Callable[[], str], spoken: words.Vocabulary = NO_WORDS) -> Definition:
    """The definition that a text describes. `new_id` gives the ids of new steps. Raises `TextError`."""
    if len(text) > MAX_TEXT:
        raise TextError("too_long", 1)
    reader = _Reader(new_id, spoken)
    try:
        data = _read(text, reader)
    except RecursionError:
        raise TextError("too_deep", 1) from None
    try:
        return parse(data)
    except DefinitionError as error:
        raise TextError(error.code, reader.lines.get(error.step, 1), error.field) from None


def _read(text: str, reader: "_Reader") -> dict[str, Any]:
    """The JSON form of a text."""
    data: dict[str, Any] = {"exits": [], "steps": [], "entry": {}}
    for line in _tree(_lines(text)):
        match line.word:
            case "trigger":
                kind, rest = reader.first_value(line.rest, line, reader.spoken.triggers)
                data["trigger"] = {**reader.values(rest, line), "kind": kind}
            case "entry":
                data["entry"] |= reader.values(line.rest, line)
            case "only":
                data["entry"]["only"] = _plain_text(line.rest)
            case "exit":
                data["exits"].append(reader.happening(line.rest, line))
            case "goal":
                data["goal"] = reader.happening(line.rest, line)
            case _:
                data["steps"].append(reader.step(line))
    return data


def _lines(text: str) -> Iterator[_Line]:
    last: _Line | None = None
    for number, raw in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        line = raw.lstrip(" \t")
        if line.startswith("|"):
            if last is None or last.word != "send":
                raise TextError("text_without_message", number)
            last.text.append(line[1:].removeprefix(" "))
        elif line.strip():
            found = words.starting(words.KEYWORDS, line.rstrip())
            if found is None:
                raise TextError("unknown_word", number, line.split()[0])
            indent = len(raw[: len(raw) - len(line)].expandtabs(4))
            last = _Line(number, indent, *found)
            yield last


def _tree(lines: Iterator[_Line]) -> list[_Line]:
    """The outermost lines, each with the lines inside it."""
    roots: list[_Line] = []
    above: list[_Line] = []
    for line in lines:
        while above and above[-1].indent >= line.indent:
            above.pop()
        if above:
            above[-1].inside.append(line)
        else:
            roots.append(line)
        siblings = above[-1].inside if above else roots
        if siblings[0].indent != line.indent:
            raise TextError("indentation", line.number)
        above.append(line)
    return roots


class _Reader:
    """Turns lines into the JSON form of steps, and remembers the line of each step."""

    def __init__(self, new_id: Callable[[], str], spoken: words.Vocabulary) -> None:
        self.new_id, self.spoken = new_id, spoken
        self.lines: dict[str, int] = {}

    def step(self, line: _Line) -> dict[str, Any]:
        match = _ID.match(line.rest)
        step_id, rest = (match.group(1), line.rest[match.end() :]) if match else (self.new_id(), line.rest)
        self.lines.setdefault(step_id, line.number)
        found: dict[str, Any] = {"id": step_id, "kind": line.word}
        if line.word not in ("branch", "split") and line.inside:
            raise TextError("indentation", line.inside[0].number)
        match line.word:
            case "send":
                return {**found, **self.values(rest, line), "text": "\n".join(line.text)}
            case "wait":
                return {**found, **self.wait(rest, line)}
            case "branch":
                return {**found, **self._branch(line)}
            case "split":
                return {**found, "arms": [self._share(inner) for inner in line.inside]}
            case "action":
                action, rest = self.first_value(rest, line, self.spoken.actions)
                return {**found, "action": action, "params": self.values(rest, line)}
            case "webhook":
                return {**found, "url": self.first_value(rest, line, {})[0]}
            case "end":
                return found
            case _:
                raise TextError("branch_without_if", line.number)

    def _branch(self, line: _Line) -> dict[str, Any]:
        arms: list[dict[str, Any]] = []
        otherwise: list[dict[str, Any]] = []
        for inner in line.inside:
            if inner.word == "if":
                arms.append({"when": _when(inner.rest), "steps": [self.step(step) for step in inner.inside]})
            elif inner.word == "else" and inner is line.inside[-1]:
                otherwise = [self.step(step) for step in inner.inside]
            else:
                raise TextError("branch_without_if", inner.number)
        return {"arms": arms, "else": otherwise}

    def _share(self, line: _Line) -> dict[str, Any]:
        match = _PERCENT.fullmatch(line.rest)
        if line.word != "share" or match is None:
            raise TextError("bad_value", line.number, line.rest)
        return {"weight": int(match.group(1)), "steps": [self.step(step) for step in line.inside]}

    def happening(self, rest: str, line: _Line) -> dict[str, Any]:
        found = words.starting({key: words.INSIDE[key] for key in ("order", "event")}, rest)
        match found:
            case ("order", ""):
                return {"kind": "order"}
            case ("event", inner):
                event, values = self.first_value(inner, line, self.spoken.events)
                return {"kind": "event", "event": event, "where": self.values(values, line)}
            case _:
                return {"kind": "segment", "when": _plain_text(rest)}

    def wait(self, rest: str, line: _Line) -> dict[str, Any]:
        match words.starting(words.INSIDE, rest):
            case ("at most", inner):
                found, inner = _duration(inner, line)
                until = words.starting(words.INSIDE, inner)
                if until is not None and until[0] == "until":
                    found["until"] = self.happening(until[1], line)
                elif inner:
                    raise TextError("bad_value", line.number, inner)
                return {"mode": "happening", **found}
            case ("until", inner):
                clock, inner = _clock(inner)
                days = words.starting(words.INSIDE, inner)
                names = [name.strip().lower() for name in days[1].split(",")] if days and days[0] == "on" else []
                numbers = [words.meaning(words.WEEKDAYS, name) for name in names]
                if None in numbers or (inner and not names):
                    raise TextError("bad_value", line.number, inner)
                weekdays = [int(number) for number in numbers if number is not None]
                return {"mode": "clock", "at": clock, "weekdays": weekdays}
            case _:
                found, inner = _duration(rest, line)
                at = words.starting(words.INSIDE, inner)
                if inner and (at is None or at[0] != "at"):
                    raise TextError("bad_value", line.number, inner)
                return {**found, "at": _clock(at[1])[0] if at else ""}

    def first_value(self, text: str, line: _Line, known: words.Words) -> tuple[str, str]:
        """The word or quoted text at the beginning of a line, and the rest; "" if values begin at once."""
        if not text or _NAME.match(text):
            return "", text
        if text[:1] == '"':
            value, rest = _json(text, line)
            return str(value), rest
        word, rest = _bare(text, line)
        return words.known(known, word) or word, rest

    def values(self, text: str, line: _Line) -> dict[str, Any]:
        """The `name=value` pairs of a line."""
        read: dict[str, Any] = {}
        while text:
            match = _NAME.match(text)
            if match is None:
                raise TextError("bad_value", line.number, text)
            name, text = _name(match.group(1)), text[match.end() :]
            if text[:1] in ('"', "[", "{"):
                read[name], text = _json(text, line)
            else:
                word, text = _bare(text, line)
                read[name] = word_value(name, word, self.spoken)
        return read


def _when(rest: str) -> Any:
    match = _ID.match(rest)
    outcome = words.meaning(words.OUTCOMES, rest[match.end() :].strip().lower()) if match else None
    if match and outcome:
        return {"step": match.group(1), "is": outcome}
    return _plain_text(rest)


def _plain_text(rest: str) -> str:
    """The rest of a line as a text; `= "..."` is a text in JSON."""
    if rest.startswith('= "'):
        try:
            return str(json.loads(rest[2:]))
        except ValueError:
            return rest
    return rest


def _duration(text: str, line: _Line) -> tuple[dict[str, Any], str]:
    match = _DURATION.match(text)
    unit = words.meaning(words.UNITS, match.group(2).lower()) if match else None
    if match is None or unit is None:
        raise TextError("bad_value", line.number, text)
    return {"amount": int(match.group(1)), "unit": unit}, text[match.end() :]


def _clock(text: str) -> tuple[str, str]:
    match = _CLOCK.match(text)
    return (f"{match.group(1):0>2}:{match.group(2)}", text[match.end() :]) if match else ("", text)


def word_value(name: str, word: str, spoken: words.Vocabulary) -> Any:
    """The value that a word without quotation marks means for this name."""
    table = spoken.events if name == "event" else words.VALUES.get(name, {})
    if (key := words.known(table, word)) is not None:
        return key
    if (answer := words.meaning(words.ANSWERS, word)) is not None:
        return answer == "true"
    try:
        return json.loads(word)
    except ValueError:
        return word


def _name(written: str) -> str:
    if written[:1] != '"':
        return words.known(words.NAMES, written) or written
    try:
        return str(json.loads(written))
    except ValueError:
        return written


def _json(text: str, line: _Line) -> tuple[Any, str]:
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        raise TextError("bad_value", line.number, text) from None
    return value, text[end:].lstrip()


def _bare(text: str, line: _Line) -> tuple[str, str]:
    match = _BARE.match(text)
    if match is None:
        raise TextError("bad_value", line.number, text)
    return match.group(), text[match.end() :].lstrip()
