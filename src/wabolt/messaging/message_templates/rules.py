"""Approved templates: their variables, their text when filled in, and the vendor's parameters."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_PLACE = re.compile(r"{{\s*([A-Za-z0-9_]+)\s*}}")
_SPACES = re.compile(r"\s+")
_KNOWN_PARTS = {"HEADER", "BODY", "FOOTER", "BUTTONS"}
_KNOWN_HEADERS = {"TEXT", "IMAGE", "DOCUMENT"}
_KNOWN_BUTTONS = {"QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "VOICE_CALL"}

Component = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a template. `key`: its path, such as "body.1", "header.nama", "button.0.1" or "button.1.code"."""

    key: str
    name: str
    example: str = ""
    before: str = ""
    """The fixed start of a button's URL: only what follows it is filled in."""


def unsupported(components: Sequence[Component]) -> str:
    """The first part of a template that cannot be sent yet, in Meta's term; "" if all parts can."""
    for part in components:
        kind = _kind(part)
        if kind not in _KNOWN_PARTS:
            return kind
        if kind == "HEADER" and part.get("format", "TEXT") not in _KNOWN_HEADERS:
            return f"{kind} {part.get('format')}"
        if kind == "BUTTONS":
            strange = [str(button.get("type")) for button in _buttons(part) if button.get("type") not in _KNOWN_BUTTONS]
            if strange:
                return f"{kind} {strange[0]}"
    return ""


def header_file(components: Sequence[Component]) -> str:
    """The kind of file in the header ("image", "document"); "" for none."""
    for part in components:
        if _kind(part) == "HEADER" and part.get("format", "TEXT") != "TEXT":
            return str(part["format"]).lower()
    return ""


def variables(components: Sequence[Component]) -> list[Variable]:
    """The variables of a template in reading order."""
    result: list[Variable] = []
    for part in components:
        kind = _kind(part).lower()
        if kind in {"header", "body"}:
            examples = _examples(part, kind)
            for place, name in enumerate(dict.fromkeys(_PLACE.findall(str(part.get("text", ""))))):
                example = examples.get(name) or examples.get(str(place + 1), "")
                result.append(Variable(f"{kind}.{name}", name, example))
        elif kind == "buttons":
            for index, button in enumerate(_buttons(part)):
                told = button.get("example")
                example = str(told[0]) if isinstance(told, list) and told else str(told or "")
                if button.get("type") == "URL" and (gap := _PLACE.search(url := str(button.get("url", "")))):
                    before = url[: gap.start()]
                    key = f"button.{index}.{gap[1]}"
                    result.append(Variable(key, gap[1], example.removeprefix(before), before))
                elif button.get("type") == "COPY_CODE":
                    result.append(Variable(f"button.{index}.code", "code", example))
    return result


def reads_as(components: Sequence[Component], values: Mapping[str, str]) -> str:
    """The message as a person sees it; a variable without a value stays a placeholder."""
    lines: list[str] = []
    for part in components:
        kind = _kind(part).lower()
        if kind in {"header", "body", "footer"} and part.get("text"):
            lines.append(_filled(str(part["text"]), kind, values))
        elif kind == "buttons":
            lines.append("\n".join(f"[{button.get('text', '')}]" for button in _buttons(part)))
    return "\n\n".join(line for line in lines if line)


def call_components(components: Sequence[Component], values: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """The components of the send call with the values of the variables. Raises KeyError for a missing value."""
    filled: list[dict[str, Any]] = []
    for part in components:
        kind = _kind(part).lower()
        if kind in {"header", "body"}:
            names = list(dict.fromkeys(_PLACE.findall(str(part.get("text", "")))))
            parameters = [_parameter(name, values[f"{kind}.{name}"]) for name in names]
            if parameters:
                filled.append({"type": kind, "parameters": parameters})
        elif kind == "buttons":
            for index, button in enumerate(_buttons(part)):
                parameter = _button_parameter(index, button, values)
                if parameter is not None:
                    sub_type = "url" if button["type"] == "URL" else "copy_code"
                    button_part = {"type": "button", "sub_type": sub_type, "index": str(index)}
                    filled.append({**button_part, "parameters": [parameter]})
    return tuple(filled)


def tidy_value(text: str) -> str:
    """A value as Meta accepts it: one line without runs of spaces."""
    return _SPACES.sub(" ", text).strip()


def reply_titles(components: Sequence[Component]) -> list[str]:
    """The titles of the buttons that send themselves as a message."""
    taps = [button for part in components for button in _buttons(part) if button.get("type") == "QUICK_REPLY"]
    return [str(tap.get("text", "")) for tap in taps]


def _kind(part: Component) -> str:
    return str(part.get("type", "")).upper()


def _buttons(part: Component) -> list[Component]:
    told = part.get("buttons")
    return [button for button in told if isinstance(button, Mapping)] if isinstance(told, list) else []


def _filled(text: str, kind: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: values.get(f"{kind}.{match[1]}", match[0]), text)


def _parameter(name: str, value: str) -> dict[str, str]:
    named = {} if name.isdecimal() else {"parameter_name": name}
    return {"type": "text", **named, "text": value}


def _button_parameter(index: int, button: Component, values: Mapping[str, str]) -> dict[str, str] | None:
    if button.get("type") == "URL" and (names := _PLACE.findall(str(button.get("url", "")))):
        return {"type": "text", "text": values[f"button.{index}.{names[0]}"]}
    if button.get("type") == "COPY_CODE":
        return {"type": "coupon_code", "coupon_code": values[f"button.{index}.code"]}
    return None


def _examples(part: Component, kind: str) -> dict[str, str]:
    """{variable: example} of the examples in the template."""
    example = part.get("example")
    if not isinstance(example, Mapping):
        return {}
    named = example.get(f"{kind}_text_named_params")
    if isinstance(named, list):
        return {str(one.get("param_name")): str(one.get("example")) for one in named if isinstance(one, Mapping)}
    rows = example.get(f"{kind}_text")
    row = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else rows
    return {str(n): str(value) for n, value in enumerate(row, 1)} if isinstance(row, list) else {}
