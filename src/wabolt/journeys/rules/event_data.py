"""Conditions on the data of an event, such as an order of at least so much, or with a certain product.

A condition is a name with a value: `{"total_min": 100000, "skus": "BTK-01"}`. A name that ends with `_min` or `_max`
compares a number of the data; other names ask for an equal value. A list of values means one of them, and a list in the
data has each of its values. All conditions must be true.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

AT_LEAST, AT_MOST = "_min", "_max"
_OPERATORS = {AT_LEAST: ">=", AT_MOST: "<="}
MOST_VALUES = 50
Where = Mapping[str, Any]


def split(name: str) -> tuple[str, str]:
    """The name in the data, and the operator: "==", ">=" or "<="."""
    for ending, operator in _OPERATORS.items():
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending), operator
    return name, "=="


def is_condition(name: str, value: Any) -> bool:
    """Whether a condition has a value that it can compare with."""
    _name, operator = split(name)
    if operator != "==":
        return isinstance(value, int | float) and not isinstance(value, bool)
    values = value if isinstance(value, list) else [value]
    return len(values) <= MOST_VALUES and all(isinstance(one, str | int | float) for one in values)


def fits(data: Mapping[str, Any], where: Where) -> bool:
    """Whether the data of an event fulfils all conditions. One that cannot compare is not true."""
    return all(is_condition(name, value) and _fits(data, *split(name), value) for name, value in where.items())


def _fits(data: Mapping[str, Any], name: str, operator: str, value: Any) -> bool:
    return any(_is(actual, operator, expected) for actual in _values(data, name) for expected in _each(value))


def _values(data: Mapping[str, Any], name: str) -> Iterable[Any]:
    return _each(data[name]) if name in data else ()


def _each(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list | tuple) else [value]


def _is(actual: Any, operator: str, expected: Any) -> bool:
    if _type(actual) is None or _type(actual) != _type(expected):
        return False
    match operator:
        case ">=":
            return bool(actual >= expected)
        case "<=":
            return bool(actual <= expected)
        case _:
            return bool(actual == expected)


def _type(value: Any) -> type | None:
    """The type of JSON: bool, float for each number, str; None for what is not compared."""
    if isinstance(value, bool):
        return bool
    return float if isinstance(value, int | float) else str if isinstance(value, str) else None


def json_path(where: Where) -> tuple[str, dict[str, Any]]:
    """The same decision as a predicate of PostgreSQL's JSON path language with its variables."""
    parts, values = [], {}
    for number, (name, value) in enumerate(where.items()):
        key, operator = split(name)
        if not is_condition(name, value):
            return "1 == 0", {}
        quoted = "".join(char if char.isalnum() or char == "_" else f"\\u{{{ord(char):x}}}" for char in key)
        wanted = list(_each(value))
        tests = []
        for place, one in enumerate(wanted):
            values[f"v{number}_{place}"] = one
            tests.append(f'$."{quoted}" {operator} $v{number}_{place}')
        parts.append(f"({' || '.join(tests) or '1 == 0'})")
    return " && ".join(parts) or "1 == 1", values
