"""Converts definitions to JSON and back. The reader treats its input as hostile and accepts only known shapes.

A draft may be incomplete: an empty text or a trigger that is not chosen yet is read without an error, and
`checks.problems` lists it. See `definition` for what each value means; the keys are the names of the attributes, and
`"kind"` says which step it is. `Outcome.is_` is `"is"`, `Branch.otherwise` is `"else"`. Values that have no meaning in
the mode of a wait or in the kind of a happening are dropped, and lines of texts end with "\\n".
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from wabolt.lib.text import is_storable

from . import definition as d

MAX_TEXT = 4096
MAX_WORD = 200
MAX_URL = 2000
_ID = re.compile(r"[a-z0-9]{1,16}")
_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_LARGEST_ID = 2**63 - 1


class DefinitionError(ValueError):
    """A definition that cannot be read. `step`: id of the step at fault, "" for the journey itself. `field`: its
    attribute. `code`: "bad_shape", "bad_value", "missing", "too_long", "too_many", "too_deep" or "same_id"."""

    def __init__(self, code: str, field: str = "", step: str = "") -> None:
        super().__init__(f"{step or 'journey'}.{field}: {code}")
        self.code, self.field, self.step = code, field, step


# Writing ------------------------------------------------------------------------------------------------------------


def dump(definition: d.Definition) -> dict[str, Any]:
    """The definition as plain JSON values; `parse` gives the same definition back. Defaults are left out."""
    return {
        "trigger": {"kind": definition.trigger.kind, **definition.trigger.settings},
        "entry": _filled(definition.entry, d.Entry()),
        "exits": [dump_happening(happening) for happening in definition.exits],
        "goal": dump_happening(definition.goal) if definition.goal else None,
        "steps": [dump_step(step) for step in definition.steps],
    }


def dump_step(step: d.Step) -> dict[str, Any]:
    """One step with all that it holds."""
    data: dict[str, Any] = {"id": step.id, "kind": d.kind_of(step)}
    match step:
        case d.Branch(arms=arms, otherwise=otherwise):
            data["arms"] = [{"when": dump_when(arm.when), "steps": [*map(dump_step, arm.steps)]} for arm in arms]
            data["else"] = [dump_step(inner) for inner in otherwise]
        case d.Split(arms=split):
            data["arms"] = [{"weight": arm.weight, "steps": [*map(dump_step, arm.steps)]} for arm in split]
        case d.Wait(until=until):
            data |= _filled(step, d.Wait(step.id), skip=("id", "until"))
            data |= {"until": dump_happening(until)} if until else {}
        case _:
            data |= _filled(step, type(step)(step.id), skip=("id",))
    return data


def dump_happening(happening: d.Happening) -> dict[str, Any]:
    return {"kind": happening.kind, **_filled(happening, d.Happening(happening.kind), skip=("kind",))}


def dump_when(when: d.When) -> str | dict[str, str]:
    return {"step": when.step, "is": when.is_} if isinstance(when, d.Outcome) else when


def _filled(value: Any, default: Any, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    names = (name for name in value.__slots__ if name not in skip)
    return {name: _plain(getattr(value, name)) for name in names if getattr(value, name) != getattr(default, name)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


# Reading ------------------------------------------------------------------------------------------------------------


def parse_stored(data: Any, fallback: d.Definition | None = None) -> d.Definition:
    """The definition in a stored value; `fallback`, or an empty definition, if an older version or a damage left one
    that cannot be read. For pages: they never fail for a stored value."""
    try:
        return parse(data)
    except DefinitionError:
        return fallback if fallback is not None else d.Definition()


def parse(data: Any) -> d.Definition:
    """The definition that `data` (parsed JSON) describes. Raises `DefinitionError`."""
    journey = _Fields(_object(data, "", ""), "")
    trigger = _Fields(_object(data.get("trigger", {"kind": ""}), "trigger", ""), "")
    settings = {key: value for key, value in trigger.data.items() if key != "kind"}
    entry = _Fields(_object(data.get("entry", {}), "entry", ""), "")
    goal = data.get("goal")
    definition = d.Definition(
        trigger=d.Trigger(trigger.text("kind", MAX_WORD), _settings(settings, "trigger", "")),
        entry=d.Entry(
            entry.one_of("reentry", d.REENTRY),
            entry.whole("cooldown_days", 0, 3650),
            entry.clock("entry_from"),
            entry.text("only", MAX_TEXT),
        ),
        exits=tuple(parse_happening(item, "exits", "") for item in journey.items("exits", d.MAX_ARMS)),
        goal=None if goal is None else parse_happening(goal, "goal", ""),
        steps=_steps(journey.items("steps", d.MAX_STEPS), "", 0),
    )
    ids = _ids(definition.steps)
    if len(ids) > d.MAX_STEPS:
        raise DefinitionError("too_many", "steps")
    if len(set(ids)) < len(ids):
        raise DefinitionError("same_id", "id", next(step_id for step_id in ids if ids.count(step_id) > 1))
    return definition


def parse_step(data: Any, depth: int = 0) -> d.Step:
    """One step with all that it holds. `depth`: in how many branches it is."""
    raw = _object(data, "steps", "")
    step_id = raw.get("id")
    if not isinstance(step_id, str) or not _ID.fullmatch(step_id):
        raise DefinitionError("bad_value", "id")
    fields = _Fields(raw, step_id)
    match raw.get("kind"):
        case "send":
            return _send(fields)
        case "wait":
            return _wait(fields)
        case "branch":
            arms = tuple(
                d.BranchArm(parse_when(arm.data.get("when", ""), step_id), arm.steps(depth)) for arm in fields.arms()
            )
            return d.Branch(step_id, arms, _steps(fields.items("else", d.MAX_STEPS), step_id, depth + 1))
        case "split":
            split = (d.SplitArm(arm.whole("weight", 0, 100, 50), arm.steps(depth)) for arm in fields.arms())
            return d.Split(step_id, tuple(split))
        case "action":
            params = _settings(raw.get("params", {}), "params", step_id)
            return d.Act(step_id, fields.text("action", MAX_WORD), params)
        case "webhook":
            return d.Webhook(step_id, fields.text("url", MAX_URL))
        case "end":
            return d.End(step_id)
        case _:
            raise DefinitionError("bad_value", "kind", step_id)


def _send(fields: "_Fields") -> d.Send:
    return d.Send(
        fields.step,
        text=fields.text("text", MAX_TEXT),
        media=fields.row_id("media"),
        choices=tuple(_text(item, "choices", fields.step, MAX_WORD) for item in fields.items("choices", d.MAX_ARMS)),
        template=fields.row_id("template"),
        parameters=tuple(_pair(item, fields.step) for item in fields.items("parameters", 50)),
        purpose=fields.one_of("purpose", d.PURPOSES),
        content_class=fields.one_of("content_class", ("", *d.CONTENT_CLASSES)),
        quiet=fields.one_of("quiet", d.QUIET),
        not_later_minutes=fields.maybe_whole("not_later_minutes", 1, d.MAX_WAIT_MINUTES),
    )


def _wait(fields: "_Fields") -> d.Wait:
    until = fields.data.get("until")
    weekdays = fields.items("weekdays", 7)
    if any(type(day) is not int or not 0 <= day <= 6 for day in weekdays) or len(set(weekdays)) < len(weekdays):
        raise DefinitionError("bad_value", "weekdays", fields.step)
    wait = d.Wait(
        fields.step,
        mode=fields.one_of("mode", d.WAIT_MODES),
        amount=fields.whole("amount", 0, d.MAX_WAIT_MINUTES, 1),
        unit=cast("d.Unit", fields.one_of("unit", d.UNITS, "days")),
        at=fields.clock("at"),
        weekdays=tuple(sorted(weekdays)),
        until=None if until is None else parse_happening(until, "until", fields.step),
    )
    if wait.minutes > d.MAX_WAIT_MINUTES:
        raise DefinitionError("bad_value", "amount", fields.step)
    match wait.mode:
        case "duration":
            return d.Wait(wait.id, amount=wait.amount, unit=wait.unit, at=wait.at)
        case "clock":
            return d.Wait(wait.id, "clock", at=wait.at, weekdays=wait.weekdays)
        case _:
            return d.Wait(wait.id, "happening", wait.amount, wait.unit, until=wait.until)


def parse_happening(data: Any, field: str, step: str) -> d.Happening:
    fields = _Fields(_object(data, field, step), step)
    kind = fields.one_of("kind", d.HAPPENINGS)
    event, when = fields.text("event", MAX_WORD), fields.text("when", MAX_TEXT)
    where = _settings(fields.data.get("where", {}), field, step)
    match kind:
        case "event":
            return d.Happening(kind, event=event, where=where)
        case "segment":
            return d.Happening(kind, when=when)
        case _:
            return d.Happening(kind)


def parse_when(data: Any, step: str) -> d.When:
    if isinstance(data, Mapping):
        fields = _Fields(data, step)
        return d.Outcome(fields.text("step", 16), fields.one_of("is", d.OUTCOMES, ""))
    return _text(data, "when", step, MAX_TEXT)


def _steps(items: list[Any], step: str, depth: int) -> tuple[d.Step, ...]:
    if items and depth > d.MAX_DEPTH:
        raise DefinitionError("too_deep", "steps", step)
    return tuple(parse_step(item, depth) for item in items)


def _ids(steps: tuple[d.Step, ...]) -> list[str]:
    found: list[str] = []
    for step in steps:
        found.append(step.id)
        match step:
            case d.Branch(arms=arms, otherwise=otherwise):
                found += [inner for arm in arms for inner in _ids(arm.steps)] + _ids(otherwise)
            case d.Split(arms=split):
                found += [inner for arm in split for inner in _ids(arm.steps)]
    return found


class _Fields:
    """The values of one object. Each method returns a checked value or raises `DefinitionError`."""

    def __init__(self, data: Mapping[str, Any], step: str) -> None:
        self.data, self.step = data, step

    def text(self, name: str, longest: int) -> str:
        return _text(self.data.get(name, ""), name, self.step, longest)

    def one_of(self, name: str, known: tuple[str, ...], default: str | None = None) -> str:
        found = self.data.get(name, known[0] if default is None else default)
        if not isinstance(found, str) or found not in known:
            raise DefinitionError("bad_value", name, self.step)
        return found

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        found = self.data.get(name, least if default is None else default)
        if type(found) is not int or not least <= found <= most:
            raise DefinitionError("bad_value", name, self.step)
        return found

    def maybe_whole(self, name: str, least: int, most: int) -> int | None:
        return None if self.data.get(name) is None else self.whole(name, least, most)

    def row_id(self, name: str) -> int | None:
        return self.maybe_whole(name, 1, _LARGEST_ID)

    def clock(self, name: str) -> str:
        found = self.text(name, 5)
        if found and not _CLOCK.fullmatch(found):
            raise DefinitionError("bad_value", name, self.step)
        return found

    def items(self, name: str, most: int) -> list[Any]:
        found = self.data.get(name, [])
        if not isinstance(found, list):
            raise DefinitionError("bad_shape", name, self.step)
        if len(found) > most:
            raise DefinitionError("too_many", name, self.step)
        return found

    def arms(self) -> list["_Fields"]:
        found = [_Fields(_object(item, "arms", self.step), self.step) for item in self.items("arms", d.MAX_ARMS)]
        if not found:
            raise DefinitionError("missing", "arms", self.step)
        return found

    def steps(self, depth: int) -> tuple[d.Step, ...]:
        return _steps(self.items("steps", d.MAX_STEPS), self.step, depth + 1)


def _object(data: Any, field: str, step: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise DefinitionError("bad_shape", field, step)
    return data


def _text(data: Any, field: str, step: str, longest: int) -> str:
    if not isinstance(data, str) or not is_storable(data):
        raise DefinitionError("bad_value", field, step)
    if len(data) > longest:
        raise DefinitionError("too_long", field, step)
    return data.replace("\r\n", "\n").replace("\r", "\n")


def _pair(data: Any, step: str) -> tuple[str, str]:
    if not isinstance(data, list) or len(data) != 2:
        raise DefinitionError("bad_shape", "parameters", step)
    return _text(data[0], "parameters", step, MAX_WORD), _text(data[1], "parameters", step, MAX_TEXT)


def _settings(data: Any, field: str, step: str) -> d.Settings:
    """Plain values under short names: texts, numbers, yes and no, and lists of texts and numbers."""
    found = dict(_object(data, field, step))
    if len(found) > 30:
        raise DefinitionError("too_many", field, step)
    for name, value in found.items():
        if not isinstance(name, str) or not _SETTING.fullmatch(name):
            raise DefinitionError("bad_value", field, step)
        values = value if isinstance(value, list) else [value]
        if len(values) > 100:
            raise DefinitionError("too_many", field, step)
        for item in values:
            if isinstance(item, str):
                _text(item, field, step, MAX_TEXT)
            elif item is not None and not isinstance(item, bool) and not (type(item) is int and abs(item) < 2**53):
                raise DefinitionError("bad_value", field, step)
    return found
