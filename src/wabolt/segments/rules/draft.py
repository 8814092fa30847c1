"""A segment in the builder: rows and groups that may still be incomplete.

A tree becomes a draft without loss, and a complete draft becomes the same normalised tree. Everything in a row is text,
as a form sends it.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from wabolt.lib.segmentation import FieldSpec, Kind

from .catalogue import EVENT_KINDS, Catalogue, first_operator, operators
from .checks import check_condition
from .errors import TreeError
from .printer import print_value
from .tree import EVERYONE, MAX_DEPTH, MAX_NODES, All, Any, Condition, Node, Not, Value, normalise
from .values import money_fault, read_money, read_typed_number, read_whole

NOT = "not:"
MODES = ("all", "any", "none", "not_all")
Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One condition. `op` may begin with "not:"; `values` and `days` are the contents of their boxes."""

    field: str = ""
    op: str = ""
    values: tuple[str, ...] = ()
    days: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows and groups of which all, any, none or not all must hold."""

    mode: str = "all"
    children: tuple["Row | Group", ...] = ()


Draft = Row | Group


@dataclass(slots=True)
class Reading:
    """The result of reading a draft: the tree of its complete rows, the paths of blank rows, and the errors by path."""

    tree: Node = EVERYONE
    blank: set[Path] = field(default_factory=set)
    faults: dict[Path, TreeError] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return not self.blank and not self.faults


def draft_of(tree: Node) -> Group:
    """Returns the draft that shows this tree; the outermost is always a group."""
    found = _draft(normalise(tree))
    return found if isinstance(found, Group) else Group("all", (found,))


def _draft(node: Node, *, negated: bool = False) -> Draft:
    match node:
        case Not(child):
            return _draft(child, negated=not negated)
        case Condition():
            return _row(node, NOT if negated else "")
        case All(children):
            return Group("not_all" if negated else "all", tuple(map(_draft, children)))
        case Any(children):
            return Group("none" if negated else "any", tuple(map(_draft, children)))


def _row(condition: Condition, prefix: str) -> Row:
    days = "" if condition.within_days is None else str(condition.within_days)
    return Row(condition.field, prefix + condition.op, _boxes(condition), days)


def _boxes(condition: Condition) -> tuple[str, ...]:
    value = condition.value
    match value:
        case None:
            return ()
        case tuple():
            return value
        case bool():
            return ("yes" if value else "no",)
        case int() if condition.op == "":
            # "#" distinguishes a broadcast by number from one with such a name.
            return (f"#{value}",)
        case str():
            return (value,)
        case _:
            return (print_value(value),)


def read_draft(draft: Group, catalogue: Catalogue) -> Reading:
    """Reads a draft. Blank and faulty rows are left out of the tree and listed."""
    reading = Reading()
    found = _read(draft, catalogue, (), reading)
    reading.tree = normalise(found or EVERYONE)
    return reading


def _read(draft: Draft, catalogue: Catalogue, path: Path, reading: Reading) -> Node | None:
    if isinstance(draft, Row):
        return _read_row(draft, catalogue, path, reading)
    children = [_read(child, catalogue, (*path, number), reading) for number, child in enumerate(draft.children)]
    known = tuple(child for child in children if child is not None)
    if draft.children and not known:
        return None
    match draft.mode:
        case "any":
            # An empty group has no effect in any mode.
            return Any(known) if known else EVERYONE
        case "none":
            return Not(Any(known)) if known else EVERYONE
        case "not_all":
            return Not(All(known))
        case _:
            return All(known)


def _read_row(row: Row, catalogue: Catalogue, path: Path, reading: Reading) -> Node | None:
    try:
        condition = _condition(row, catalogue)
    except TreeError as error:
        reading.faults[path] = error
        return None
    if condition is None:
        reading.blank.add(path)
        return None
    return Not(condition) if row.op.startswith(NOT) else condition


def _condition(row: Row, catalogue: Catalogue) -> Condition | None:
    """Returns the checked condition of a row, None while the row is blank. Raises `TreeError` for an invalid row."""
    spec = catalogue.get(row.field)
    op = row.op.removeprefix(NOT)
    if not row.field:
        return None
    if spec is None:
        raise TreeError("unknown_field", params={"found": row.field}, suggestion=catalogue.suggest(row.field))
    if op not in operators(spec) or _is_blank(row, spec, op):
        return None
    condition = Condition(spec.key, op, _value(row, spec, op), _days(row, spec, op))
    check_condition(condition, catalogue)
    return condition


def needs(spec: FieldSpec, op: str) -> frozenset[str]:
    """Returns which boxes a row of this field and operator has: "value", "values", "days", "maybe_days"."""
    op = op.removeprefix(NOT)
    boxes = set()
    if op in ("within", "within next", "over"):
        boxes.add("days")
    elif op in ("in", "not in"):
        boxes.add("values")
    elif op not in ("is empty", "is not empty", "any") and spec.kind is not Kind.FLAG:
        boxes.add("value")
    if spec.kind in EVENT_KINDS:
        boxes.add("maybe_days")
    return frozenset(boxes)


def _is_blank(row: Row, spec: FieldSpec, op: str) -> bool:
    boxes = needs(spec, op)
    if "days" in boxes:
        return not row.days.strip()
    return bool(boxes & {"value", "values"}) and not any(value.strip() for value in row.values)


def _days(row: Row, spec: FieldSpec, op: str) -> int | None:
    text = row.days.strip()
    if not needs(spec, op) & {"days", "maybe_days"} or not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise TreeError("bad_days", params={"limit": "36500"})
    return int(text)


def _value(row: Row, spec: FieldSpec, op: str) -> Value:
    boxes = needs(spec, op)
    filled = tuple(dict.fromkeys(value for value in row.values if value.strip()))
    if "values" in boxes:
        return filled
    if "value" not in boxes:
        return None
    text = filled[0]
    if op == "during":
        return text
    match spec.kind:
        case Kind.WHOLE | Kind.AGE:
            return _or_fault(read_whole(text.strip()), "expected_whole", spec)
        case Kind.MONEY:
            return _or_fault(read_money(text, spec), money_fault(spec), spec)
        case Kind.NUMBER:
            return _or_fault(read_typed_number(text.strip()), "expected_number", spec)
        case Kind.DATE | Kind.MOMENT:
            return _date(text.strip(), spec)
        case Kind.YES_NO:
            return text == "yes" if text in ("yes", "no") else None
        case Kind.BROADCAST if re.fullmatch(r"#[0-9]{1,18}", text.strip()):
            return int(text.strip()[1:])
        case _:
            return text


def _or_fault(value: int | Decimal | None, code: str, spec: FieldSpec) -> int | Decimal:
    if value is None:
        raise TreeError(code, params={"field": spec.key})
    return value


def _date(text: str, spec: FieldSpec) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise TreeError("expected_date", params={"field": spec.key}) from None


# Editing -------------------------------------------------------------------------------------------------------------


def add(draft: Group, path: Path, child: Draft) -> Group:
    """Returns the draft with `child` at the end of the group at `path`; the same draft if there is no group."""
    if not path:
        return replace(draft, children=(*draft.children, child))
    return _at(draft, path[0], lambda inner: add(inner, path[1:], child) if isinstance(inner, Group) else inner)


def remove(draft: Group, path: Path) -> Group:
    """Returns the draft without the part at `path`; the same draft if there is none."""
    if len(path) == 1:
        kept = tuple(child for number, child in enumerate(draft.children) if number != path[0])
        return replace(draft, children=kept)
    if not path:
        return draft
    return _at(draft, path[0], lambda inner: remove(inner, path[1:]) if isinstance(inner, Group) else inner)


def _at(draft: Group, number: int, change: Callable[[Draft], Draft]) -> Group:
    if number >= len(draft.children):
        return draft
    changed = (change(child) if place == number else child for place, child in enumerate(draft.children))
    return replace(draft, children=tuple(changed))


def walk(draft: Draft, path: Path = ()) -> Iterator[tuple[Path, Draft]]:
    """Yields every part with its path, each group before its parts."""
    yield path, draft
    if isinstance(draft, Group):
        for number, child in enumerate(draft.children):
            yield from walk(child, (*path, number))


# Forms ---------------------------------------------------------------------------------------------------------------

_NAME = re.compile(rf"(?:mode|field):r((?:\.[0-9]{{1,3}}){{0,{MAX_DEPTH}}})")


def name_of(path: Path) -> str:
    """Returns the name of a part in a form: "r", "r.0", "r.0.2"."""
    return ".".join(("r", *map(str, path)))


def path_of(name: str) -> Path | None:
    """Returns the path of a name, or None for an invalid name."""
    match = _NAME.fullmatch(f"mode:{name}")
    return tuple(int(part) for part in match.group(1).split(".")[1:]) if match else None


def from_form(data: Mapping[str, list[str]]) -> Group:
    """Returns the draft in a form's fields (`mode:PATH` for a group, `field:`, `op:`, `value:`, `days:PATH` for a row).

    Parts without their group, too many parts and too deep parts are left out.
    """
    paths: set[Path] = set()
    for key in data:
        match = _NAME.fullmatch(key)
        if match and len(paths) < MAX_NODES:
            paths.add(tuple(int(part) for part in match.group(1).split(".")[1:]))
    return _group_from(data, (), paths)


def _group_from(data: Mapping[str, list[str]], path: Path, paths: set[Path]) -> Group:
    mode = _last(data, f"mode:{name_of(path)}")
    inside = sorted(found for found in paths if len(found) == len(path) + 1 and found[:-1] == path)
    children: list[Draft] = []
    for found in inside:
        name = name_of(found)
        if f"mode:{name}" in data:
            children.append(_group_from(data, found, paths))
        else:
            children.append(_row_from(data, name))
    return Group(mode if mode in MODES else "all", tuple(children))


def _row_from(data: Mapping[str, list[str]], name: str) -> Row:
    """Reads the boxes of a row. `was:PATH` is the field they were drawn for; if the field changed, the boxes are
    ignored."""
    chosen = _last(data, f"field:{name}")
    if f"was:{name}" in data and _last(data, f"was:{name}") != chosen:
        return Row(chosen)
    return Row(chosen, _last(data, f"op:{name}"), tuple(data.get(f"value:{name}", ())), _last(data, f"days:{name}"))


def settle(draft: Group, catalogue: Catalogue) -> Group:
    """Returns the draft with `first_operator` in each row whose operator its field does not have."""
    return replace(draft, children=tuple(_settle(child, catalogue) for child in draft.children))


def _settle(part: Draft, catalogue: Catalogue) -> Draft:
    if isinstance(part, Group):
        return settle(part, catalogue)
    spec = catalogue.get(part.field)
    if spec is None or part.op.removeprefix(NOT) in operators(spec):
        return part
    return replace(part, op=first_operator(spec))


def _last(data: Mapping[str, list[str]], key: str) -> str:
    values = data.get(key)
    return values[-1] if values else ""
