"""The tree as a sentence of the language, with no more parentheses than needed."""

import datetime as dt
from decimal import Decimal

from .catalogue import BUILT_IN, EVENT_KINDS, Kind
from .lexer import DOUBLE_QUOTES
from .tree import All, Any, Condition, Node, Not, Value, normalise

_NEVER_FIELDS = frozenset(spec.key for spec in BUILT_IN if spec.kind in EVENT_KINDS)
_BROADCAST_FIELDS = frozenset(spec.key for spec in BUILT_IN if spec.kind is Kind.BROADCAST)
_ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in ("\\", *DOUBLE_QUOTES)})
_STATE_FIELDS = frozenset(spec.key for spec in BUILT_IN if spec.kind is Kind.STATE)


def print_tree(node: Node) -> str:
    """Return the text of a tree; `parser.parse` gives the normalised tree back."""
    return _print(normalise(node), parent=None)


def _print(node: Node, parent: type[All] | type[Any] | type[Not] | None) -> str:
    match node:
        case Condition():
            return print_condition(node)
        case Not(Condition() as child) if child.field in _NEVER_FIELDS and child.within_days is None:
            return f"never {print_condition(child)}"
        case Not(child):
            return f"not {_print(child, Not)}"
        case All(()):
            return "everyone"
        case All(children):
            text = " and ".join(_print(child, All) for child in children)
            return f"({text})" if parent is Not else text
        case Any(children):
            text = " or ".join(_print(child, Any) for child in children)
            return f"({text})" if parent in (Not, All) else text


def print_condition(condition: Condition) -> str:
    """Return the text of one condition."""
    field, op, value, days = condition.field, condition.op, condition.value, condition.within_days
    match op:
        case "within" | "within next":
            return f"{field} {op} {days} days"
        case "over":
            return f"{field} over {days} days ago"
        case "any":
            text = f"{field} any broadcast"
        case "is":
            text = f"{field} is {'yes' if value else 'no'}"
        case "" if field in _BROADCAST_FIELDS:
            text = f"{field} broadcast {print_value(value)}"
        case "" if field in _STATE_FIELDS:
            text = f"{field} {value}"
        case _:
            text = " ".join(part for part in (field, op, print_value(value)) if part)
    return text if days is None else f"{text} within {days} days"


def print_value(value: Value) -> str:
    """Return a value as the language writes it; nothing for no value."""
    match value:
        case None:
            return ""
        case str():
            return f'"{value.translate(_ESCAPED)}"'
        case tuple():
            return "(" + ", ".join(map(print_value, value)) + ")"
        case Decimal():
            # Adding 0 turns "-0" into "0"; three digits behind a point would be read as thousands.
            text = format(value.normalize() + 0, "f")
            return f"{text}0" if text[-4:-3] == "." else text
        case dt.date():
            return value.isoformat()
        case _:
            return str(value)
