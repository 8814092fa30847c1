"""Converts trees to JSON and back. The reader treats its input as hostile and accepts only known shapes.

A node is an object with one key: `{"all": [...]}`, `{"any": [...]}`, `{"not": node}`, or a condition `{"field": ...,
"op": ..., "value": ..., "within_days": ...}`. Days and decimals are tagged, so a stored tree can be read without the
workspace's fields: `{"date": "2026-10-31"}`, `{"number": "1.5"}`.
"""

import datetime as dt
import re
from decimal import Decimal

from .checks import MAX_LIST, MAX_TEXT_VALUE
from .errors import TreeError
from .tree import MAX_DEPTH, MAX_NODES, All, Any, Condition, Node, Not, Value

_CONDITION_KEYS = frozenset({"field", "op", "value", "within_days"})
_NUMBER = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,6})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_WORD = 120

Path = tuple[int, ...]


def to_json(node: Node) -> dict[str, object]:
    """Returns the tree as plain JSON values; `from_json` gives the same tree back."""
    match node:
        case All(children):
            return {"all": [to_json(child) for child in children]}
        case Any(children):
            return {"any": [to_json(child) for child in children]}
        case Not(child):
            return {"not": to_json(child)}
        case Condition(field, op, value, within_days):
            found: dict[str, object] = {"field": field, "op": op}
            if value is not None:
                found["value"] = _value_to_json(value)
            if within_days is not None:
                found["within_days"] = within_days
            return found


def _value_to_json(value: Value) -> object:
    match value:
        case tuple():
            return list(value)
        case Decimal():
            return {"number": format(value.normalize() + 0, "f")}
        case dt.date():
            return {"date": value.isoformat()}
        case _:
            return value


def from_json(data: object) -> Node:
    """Returns the tree that `data` (parsed JSON) describes, or raises `TreeError` at the offending place.

    Checks the shape only; `checks.check_tree` checks whether the fields exist.
    """
    return _Reader().node(data, ())


class _Reader:
    def __init__(self) -> None:
        self.nodes = 0

    def node(self, data: object, path: Path) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise TreeError("too_large", path, params={"limit": str(MAX_NODES)})
        if len(path) >= MAX_DEPTH:
            raise TreeError("too_deep", path, params={"limit": str(MAX_DEPTH)})
        if not isinstance(data, dict):
            raise TreeError("bad_shape", path)
        match data:
            case {"all": list() as children} if len(data) == 1:
                return All(self.children(children, path))
            case {"any": list() as children} if len(data) == 1:
                return Any(self.children(children, path))
            case {"not": child} if len(data) == 1:
                return Not(self.node(child, (*path, 0)))
            case {"field": str() as field, "op": str() as op} if data.keys() <= _CONDITION_KEYS:
                if len(field) > _MAX_WORD or len(op) > _MAX_WORD:
                    raise TreeError("bad_shape", path)
                days = data.get("within_days")
                if days is not None and type(days) is not int:
                    raise TreeError("bad_shape", path)
                return Condition(field, op, _value_from_json(data.get("value"), path), days)
            case _:
                raise TreeError("bad_shape", path)

    def children(self, children: list[object], path: Path) -> tuple[Node, ...]:
        return tuple(self.node(child, (*path, number)) for number, child in enumerate(children))


def _value_from_json(value: object, path: Path) -> Value:
    match value:
        case None | bool():
            return value
        case int() if abs(value) < 2**63:
            return value
        case str() if len(value) <= MAX_TEXT_VALUE:
            return value
        case list() if len(value) <= MAX_LIST and all(
            isinstance(item, str) and len(item) <= MAX_TEXT_VALUE for item in value
        ):
            return tuple(value)
        case {"date": str() as text, **others} if not others and _DATE.fullmatch(text):
            try:
                return dt.date.fromisoformat(text)
            except ValueError:
                raise TreeError("bad_shape", path) from None
        case {"number": str() as text, **others} if not others and _NUMBER.fullmatch(text):
            return Decimal(text)
        case _:
            raise TreeError("bad_shape", path)
