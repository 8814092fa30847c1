"""Checks whether a condition is allowed. Trees from text, JSON and the builder page pass the same checks."""

import datetime as dt
import unicodedata
from decimal import Decimal

from wabolt.lib.segmentation import PERIODS, FieldSpec, Kind

from .catalogue import EVENT_KINDS, Catalogue, closest, operators
from .errors import TreeError
from .tree import MAX_DEPTH, MAX_NODES, All, Any, Condition, Node, Not, depth, size

MAX_TEXT_VALUE = 200
MAX_LIST = 200
MAX_DAYS = 36_500
MAX_NUMBER = Decimal(10) ** 15
MAX_DECIMALS = 6
FIRST_DAY = dt.date(1900, 1, 1)
LAST_DAY = dt.date(2100, 12, 31)
MAX_ID = 2**63 - 1

_WITH_DAYS = frozenset({"within", "within next", "over"})
_WITHOUT_VALUE = frozenset({"is empty", "is not empty", "any"})


def check_tree(node: Node, catalogue: Catalogue) -> None:
    """Raises `TreeError` at the first place where the tree is too large or uses something that the catalogue does not
    have."""
    if depth(node) > MAX_DEPTH:
        raise TreeError("too_deep", params={"limit": str(MAX_DEPTH)})
    if size(node) > MAX_NODES:
        raise TreeError("too_large", params={"limit": str(MAX_NODES)})
    _check_node(node, catalogue, ())


def _check_node(node: Node, catalogue: Catalogue, path: tuple[int, ...]) -> None:
    match node:
        case Condition():
            check_condition(node, catalogue, path)
        case Not(child):
            _check_node(child, catalogue, (*path, 0))
        case All(children) | Any(children):
            for number, child in enumerate(children):
                _check_node(child, catalogue, (*path, number))


def check_condition(condition: Condition, catalogue: Catalogue, path: tuple[int, ...] = ()) -> None:
    """Raises `TreeError` (with `path`) where field, operator, value or days of one condition do not fit together."""
    spec = catalogue.get(condition.field)
    if spec is None:
        raise TreeError(
            "unknown_field",
            path,
            params={"found": condition.field},
            suggestion=catalogue.suggest(condition.field),
        )
    if condition.op not in operators(spec):
        raise TreeError("unknown_operator", path, params={"field": spec.key, "found": condition.op})
    try:
        _check_days(condition, spec)
        _check_value(condition, spec)
    except TreeError as error:
        raise TreeError(error.code, path, params=error.params, suggestion=error.suggestion) from None


def _check_days(condition: Condition, spec: FieldSpec) -> None:
    days = condition.within_days
    if condition.op in _WITH_DAYS and days is None:
        raise TreeError("expected_days", params={"field": spec.key})
    if days is None:
        return
    if condition.op not in _WITH_DAYS and spec.kind not in EVENT_KINDS:
        raise TreeError("unexpected_days", params={"field": spec.key})
    if type(days) is not int or not 0 <= days <= MAX_DAYS:
        raise TreeError("bad_days", params={"limit": str(MAX_DAYS)})


def _check_value(condition: Condition, spec: FieldSpec) -> None:
    value, op = condition.value, condition.op
    if op in _WITHOUT_VALUE or op in _WITH_DAYS or spec.kind is Kind.FLAG:
        if value is not None:
            raise TreeError("unexpected_value", params={"field": spec.key})
    elif op == "during":
        if value not in PERIODS:
            raise TreeError("unknown_period", params={"field": spec.key, "found": str(value)[:60]})
    elif op in ("in", "not in"):
        _check_list(value, spec)
    else:
        _check_single(value, spec)


def _check_single(value: object, spec: FieldSpec) -> None:
    match spec.kind:
        case Kind.TEXT | Kind.CHOICE | Kind.TAG | Kind.NAMED | Kind.BOUGHT | Kind.STATE:
            _check_text(value, spec)
        case Kind.WHOLE | Kind.AGE | Kind.MONEY:
            _check_amount(value, spec)
        case Kind.NUMBER:
            _check_number(value, spec)
        case Kind.DATE | Kind.MOMENT:
            _check_date(value, spec)
        case Kind.YES_NO:
            if type(value) is not bool:
                raise TreeError("expected_yes_no", params={"field": spec.key})
        case _:
            _check_broadcast(value, spec)


def _check_list(value: object, spec: FieldSpec) -> None:
    if type(value) is not tuple or not value:
        raise TreeError("expected_list", params={"field": spec.key})
    if len(value) > MAX_LIST:
        raise TreeError("long_list", params={"limit": str(MAX_LIST)})
    for item in value:
        _check_text(item, spec)


def _check_text(value: object, spec: FieldSpec) -> None:
    if type(value) is not str:
        raise TreeError("expected_text", params={"field": spec.key})
    if not value.strip():
        raise TreeError("blank_value", params={"field": spec.key})
    if len(value) > MAX_TEXT_VALUE:
        raise TreeError("long_value", params={"limit": str(MAX_TEXT_VALUE)})
    if bad_character(value) is not None:
        raise TreeError("bad_character", params={"field": spec.key})
    if not spec.options:
        return
    # A state is a word of the language and must match exactly. A choice is the shop's own text and ignores case.
    options = spec.options if spec.kind is Kind.STATE else [option.lower() for option in spec.options]
    if (value if spec.kind is Kind.STATE else value.lower()) not in options:
        raise TreeError(
            "unknown_option",
            params={"field": spec.key, "found": value, "options": ", ".join(spec.options)},
            suggestion=closest(value, spec.options),
        )


def _check_amount(value: object, spec: FieldSpec) -> None:
    """Raises `TreeError` unless the value is a whole number, or money with at most as many decimals as its currency."""
    if type(value) is not int:
        if not spec.decimals:
            raise TreeError("expected_whole", params={"field": spec.key})
        if type(value) is not Decimal or not value.is_finite() or _places(value) > spec.decimals:
            raise TreeError("expected_amount", params={"field": spec.key})
    if not spec.minimum <= value <= spec.maximum:
        raise TreeError(
            "out_of_range",
            params={"field": spec.key, "minimum": str(spec.minimum), "maximum": str(spec.maximum)},
        )


def _places(value: Decimal) -> int:
    """Returns the number of decimals of a finite number."""
    return max(0, -int(value.normalize().as_tuple().exponent))


def _check_number(value: object, spec: FieldSpec) -> None:
    if type(value) is not Decimal or not value.is_finite():
        raise TreeError("expected_number", params={"field": spec.key})
    if abs(value) > MAX_NUMBER or _places(value) > MAX_DECIMALS:
        raise TreeError(
            "out_of_range",
            params={"field": spec.key, "minimum": str(-int(MAX_NUMBER)), "maximum": str(int(MAX_NUMBER))},
        )


def _check_date(value: object, spec: FieldSpec) -> None:
    if type(value) is not dt.date:
        raise TreeError("expected_date", params={"field": spec.key})
    if not FIRST_DAY <= value <= LAST_DAY:
        raise TreeError(
            "out_of_range",
            params={"field": spec.key, "minimum": FIRST_DAY.isoformat(), "maximum": LAST_DAY.isoformat()},
        )


def _check_broadcast(value: object, spec: FieldSpec) -> None:
    if type(value) is int and 1 <= value <= MAX_ID:
        return
    if type(value) is not str:
        raise TreeError("expected_broadcast", params={"field": spec.key})
    _check_text(value, spec)


def bad_character(text: str) -> int | None:
    """Returns the position of the first character that the database or a line of text cannot hold, or None."""
    for position, character in enumerate(text):
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            return position
    return None
