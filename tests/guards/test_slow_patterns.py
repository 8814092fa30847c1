"""No regular expression takes exponential or quadratic time for a hostile text.

A match holds the interpreter's lock, so one text stops a whole web process. Two kinds are found by the structure of the
pattern: a repetition inside a repetition that can match a whole turn of the outer one, and a search whose pattern
begins with a repetition, which is tried again at each character. Write the first with an atomic group `(?>...)`, the
second with a lookbehind, such as `(?<!\\w)\\w+@`.

The patterns are those in the names of modules, also in tuples, lists, sets and mappings, and the texts that a call
`re.<function>(` gets as its first argument. Not covered:

- texts that a call composes, from local variables or with `re.escape`, and patterns in attributes of classes;
- a second repetition that starts in many places, such as `<a>.*?</a>` in a text of many `<a>`, and `x*x*x*y`;
- searches by the method of a pattern that is not called by its name, as in a loop over a tuple of patterns.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from importlib import import_module
from operator import or_
from types import ModuleType
from typing import Any

import pytest

from tests.guards.layout import SOURCE

grammar: Any = import_module("re._parser")
op: Any = import_module("re._constants")
Items = Sequence[tuple[Any, Any]]
EVERY = frozenset(map(chr, range(256)))
MANY = 100
"""Fewer turns of a repetition cost little."""
REPEATS = frozenset({op.MAX_REPEAT, op.MIN_REPEAT})
LOOKS = frozenset({op.ASSERT, op.ASSERT_NOT})
SEARCHES = frozenset({"search", "sub", "subn", "findall", "finditer", "split"})
TRIES = frozenset({"compile", "match", "fullmatch"})
USES = re.compile(rf"^import re$|\b_?[A-Z]+(?:_[A-Z]+)*\.(?:{'|'.join(sorted(SEARCHES))})\(", re.MULTILINE)
SHORT = {"wabolt.segments.rules.sentences:_WORD": "searches in our own patterns of sentences only"}
"""{pattern: why its texts are short}."""


def _parts(items: Items) -> Iterator[tuple[Any, Any]]:
    """The items of a sequence, those of groups included."""
    for kind, value in items:
        if kind is op.SUBPATTERN:
            yield from _parts(value[-1])
        else:
            yield kind, value


def _characters(kind: Any, value: Any, flags: int) -> frozenset[str]:
    """The Latin-1 characters that an item matches; none for an item that is no set of characters."""
    if kind is op.ANY:
        return EVERY
    if kind is op.LITERAL:
        found = {chr(value)}
    elif kind is op.NOT_LITERAL:
        found = set(EVERY - {chr(value)})
    elif kind is op.IN:
        found = {char for item, range_ in value for char in _members(item, range_)}
        if value[0][0] is op.NEGATE:
            found = set(EVERY - found)
    else:
        return frozenset()
    return frozenset(found | {char.swapcase() for char in found} if flags & re.IGNORECASE else found)


def _members(kind: Any, value: Any) -> Iterator[str]:
    if kind is op.LITERAL:
        yield chr(value)
    elif kind is op.RANGE:
        yield from (chr(point) for point in range(value[0], min(value[1], 255) + 1))
    elif kind is op.CATEGORY:
        name = str(value).removeprefix("CATEGORY_")
        letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[name.removeprefix("NOT_")]
        test = re.compile(rf"\{letter.upper() if name.startswith('NOT_') else letter}")
        yield from filter(test.match, EVERY)


def _can_match(characters: frozenset[str], items: Items, flags: int) -> bool:
    """Whether a text of these characters only can match the items."""
    for kind, value in _parts(items):
        if kind in REPEATS or kind is op.POSSESSIVE_REPEAT:
            fits = value[0] == 0 or _can_match(characters, value[2], flags)
        elif kind is op.BRANCH:
            fits = any(_can_match(characters, branch, flags) for branch in value[1])
        elif kind is op.ATOMIC_GROUP:
            fits = _can_match(characters, value, flags)
        else:
            fits = kind in LOOKS or kind is op.AT or bool(_characters(kind, value, flags) & characters)
        if not fits:
            return False
    return True


def _repeats(items: Items) -> Iterator[Items]:
    """The content of each repetition that backtracks, outer ones first."""
    for kind, value in _parts(items):
        if kind in REPEATS:
            if value[1] >= MANY:
                yield value[2]
            yield from _repeats(value[2])
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch)
        elif kind in LOOKS:
            yield from _repeats(value[1])


def is_exponential(pattern: str | bytes, flags: int = 0) -> bool:
    """Whether a repetition in a repetition can match a whole turn of the outer one."""
    for outer in _repeats(grammar.parse(pattern, flags)):
        for inner in _repeats(outer):
            items = list(_parts(inner))
            characters = _characters(*items[0], flags) if len(items) == 1 else frozenset()
            if characters and _can_match(characters, outer, flags):
                return True
    return False


def is_quadratic_search(pattern: str | bytes, flags: int = 0) -> bool:
    """Whether a search tries a repetition again at each of its characters."""
    return _begins_with_repetition(list(_parts(grammar.parse(pattern, flags))))


def _begins_with_repetition(items: list[tuple[Any, Any]]) -> bool:
    for at, (kind, value) in enumerate(items):
        rest = items[at + 1 :]
        if kind is op.BRANCH:
            if any(_begins_with_repetition([*_parts(branch), *rest]) for branch in value[1]):
                return True
            if not any(_may_be_empty(list(_parts(branch))) for branch in value[1]):
                return False
        elif kind in REPEATS:
            if value[1] >= MANY and not _may_be_empty(rest):
                return True
            if value[0] and not _may_be_empty(list(_parts(value[2]))):
                return False
        elif kind not in LOOKS or value[0] == -1:  # a lookbehind decides where the search may begin
            return False
    return False


def _may_be_empty(items: list[tuple[Any, Any]]) -> bool:
    """Whether the items match at each place, so that what comes before them is never tried again."""
    for kind, value in items:
        if kind is op.BRANCH:
            fits = any(_may_be_empty(list(_parts(branch))) for branch in value[1])
        else:
            fits = kind in REPEATS and (value[0] == 0 or _may_be_empty(list(_parts(value[2]))))
        if not fits:
            return False
    return True


def _modules() -> Iterator[tuple[ModuleType, ast.Module]]:
    """Every module of the product that has regular expressions or searches with those of another module."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not {"tests", "migrations"} & set(path.parts) and USES.search(text):
            name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
            yield import_module(name.removesuffix(".__init__")), ast.parse(text)


def _patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping):
        yield from _patterns_in([*value.keys(), *value.values()])
    elif isinstance(value, tuple | list | set | frozenset):
        for part in value:
            yield from _patterns_in(part)


def _written_in_calls(tree: ast.Module) -> Iterator[tuple[Any, re.Pattern[Any]]]:
    """Each call `re.<function>(` whose first argument is a constant, and its pattern."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=function),
                args=[ast.Constant(value=str() | bytes() as text), *_],
            ) if function in SEARCHES | TRIES:
                yield node, re.compile(text, _flags(node))


def _flags(call: ast.Call) -> int:
    """The flags that a call names, such as `re.DOTALL | re.ASCII`."""
    given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    nodes = [node for value in given if not isinstance(value, ast.Call) for node in ast.walk(value)]
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute) and node.attr.isupper()}
    return reduce(or_, (getattr(re, name) for name in names if hasattr(re, name)), 0)


@pytest.fixture(scope="module")
def used() -> dict[str, tuple[re.Pattern[Any], bool]]:
    """{"module:name": (pattern, whether something is searched with it)}."""
    found = {}
    for module, tree in _modules():
        searching = {
            node.value.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in SEARCHES and isinstance(node.value, ast.Name)
        }
        for name, value in vars(module).items():
            for number, pattern in enumerate(_patterns_in(value)):
                found[f"{module.__name__}:{name}" + (f":{number}" if number else "")] = (pattern, name in searching)
        for call, pattern in _written_in_calls(tree):
            found[f"{module.__name__}:{call.lineno}:{call.col_offset}"] = (pattern, call.func.attr in SEARCHES)
    return found


def test_no_pattern_is_exponential(used: dict[str, tuple[re.Pattern[Any], bool]]) -> None:
    assert len(used) > 200
    assert not [name for name, (pattern, _searches) in used.items() if is_exponential(pattern.pattern, pattern.flags)]


def test_no_search_is_quadratic(used: dict[str, tuple[re.Pattern[Any], bool]]) -> None:
    searching = {name: pattern for name, (pattern, searches) in used.items() if searches}
    assert len(searching) > 100
    slow = {name for name, pattern in searching.items() if is_quadratic_search(pattern.pattern, pattern.flags)}
    assert slow == set(SHORT)


def test_patterns_in_calls_are_read(used: dict[str, tuple[re.Pattern[Any], bool]]) -> None:
    code = r"""
_SPACES = re.compile(r"\s+")
def read(text, name):
    re.search(name, text)
    return re.sub("a+b", "", re.sub(rb"(a+)+b", b"", text, flags=re.DOTALL | re.ASCII)) + re.match(r"\w+@", text)
"""
    calls = [(call.func.attr, one.pattern, one.flags) for call, one in _written_in_calls(ast.parse(code))]
    unicode = re.UNICODE.value
    assert sorted(calls, key=str) == [
        ("compile", r"\s+", unicode),
        ("match", r"\w+@", unicode),
        ("sub", "a+b", unicode),
        ("sub", b"(a+)+b", (re.DOTALL | re.ASCII).value),
    ]
    read = [name for name, (_pattern, searches) in used.items() if searches and name.split(":")[1].isdecimal()]
    assert len(read) > 20


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"(?:<!--.*?-->\s*)*<html", True),
        (r"(a+)+b", True),
        (r"(?:\w+\s?)*\Z", True),
        (r"(?:<!--(?>.*?-->)\s*)*<html", False),
        (r"(?:\w++\s?)*\Z", False),
        (r"(?:\d[ .-]*){8,}", False),
        (r"\w+(?: \w+)*", False),
        (r'"(?:[^"\\]|\\.)*"', False),
    ],
)
def test_exponential_patterns_are_found(pattern: str, expected: bool) -> None:
    assert is_exponential(pattern, re.DOTALL) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"bot|\w*scan/", True),
        (r"[\w.]+@[\w.]+", True),
        (r"^[\W_]+|[\W_]+\Z", True),
        (r"\s*(?:a|b)", True),
        (r"(?<![\w.])[\w.]+@[\w.]+", False),
        (r"bot|scan/", False),
        (r"\s+", False),
        (r"\w+\s*", False),
        (r"^\s*x", False),
    ],
)
def test_quadratic_searches_are_found(pattern: str, expected: bool) -> None:
    assert is_quadratic_search(pattern) is expected
