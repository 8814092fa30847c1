"""No regular expression ends with "$".

In Python "$" also matches before a line break at the end, so "#4f3cc9\\n" passes a check for six digits. "\\Z" matches
the end only, and `fullmatch` needs neither.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.guards.layout import ROOT, SOURCE

CALLS = frozenset(
    {"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
    | {"RegexField", "RegexValidator", "re_path"}
)
END = re.compile(r"(?<!\\)(?:\\\\)*\$(?=\)|\||\Z)")


def _texts(node: ast.expr, named: dict[str, ast.expr]) -> Iterator[str]:
    """The constant parts of an expression. A name of the module counts as its value."""
    if isinstance(node, ast.Name) and node.id in named:
        node = named[node.id]
    if isinstance(node, ast.JoinedStr):
        last = node.values[-1] if node.values else None
        for part in node.values:
            if isinstance(part, ast.Constant):
                text = str(part.value)
                yield text if part is last else text + "."
        return
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str | bytes):
            yield part.value.decode("latin-1") if isinstance(part.value, bytes) else part.value


def ends_with_dollar(source: str) -> list[int]:
    """The lines of the calls in `source` whose pattern has a "$" that matches before a last line break."""
    tree = ast.parse(source)
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called not in CALLS or "MULTILINE" in ast.unparse(node):
            continue
        patterns = [*node.args[:1], *(word.value for word in node.keywords if word.arg in {"regex", "pattern"})]
        if any(END.search(text) for pattern in patterns for text in _texts(pattern, named)):
            found.append(node.lineno)
    return found


def test_no_pattern_ends_with_dollar() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted(SOURCE.rglob("*.py"))
        if not {"tests", "migrations"} & set(path.parts) and "$" in (text := path.read_text(encoding="utf-8"))
        for line in ends_with_dollar(text)
    ]
    assert not found, r'write \Z (or use fullmatch): "$" also matches before a last line break'


@pytest.mark.parametrize(
    ("source", "is_wrong"),
    [
        (r're.match(r"[0-9]+$", text)', True),
        (r're.compile(r"(?:a|b$)")', True),
        (r're.compile(rb"^a$", re.IGNORECASE)', True),
        ('re.compile(rf"{word}$")', True),
        (r'forms.RegexField("^[a-z]+$", label="x")', True),
        (r'RegexValidator(regex="^[a-z]+$")', True),
        ('_ID = "^[0-9]+$"\nforms.RegexField(_ID)', True),
        (r're.compile(r"[0-9]+\Z")', False),
        (r're.compile(r"us\$|s\$")', False),
        (r're.compile(r"[a$]b")', False),
        (r're.compile(r"^FN:(.*)$", re.MULTILINE)', False),
        (r'text.split("a$b")', False),
    ],
)
def test_the_guard_finds_them(source: str, is_wrong: bool) -> None:
    assert bool(ends_with_dollar(source)) is is_wrong
