"""A statement that locks several rows locks them in a fixed order: two such statements wait, and do not deadlock.

Rows that are skipped when they are locked (SKIP LOCKED) are not waited for. A statement that can find one row only has
no order.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.guards.layout import SOURCE

LOCK = re.compile(r"\bFOR (?:NO KEY )?(?:UPDATE|KEY SHARE|SHARE)\b(?P<rest>(?: OF \w+)?(?: SKIP LOCKED)?)")
SELECT = re.compile(r"\bSELECT\b")
ONE_ROW = re.compile(r"\bid = %")
SINGLE = {"get", "first", "earliest", "latest", "pk="}
"""Methods and conditions that find one row."""
ONE_BY_MEANING = {
    "consent/services/doubts.py": "a contact has one row of a purpose",
}


def unordered_sql(text: str) -> Iterator[str]:
    """The SELECTs of a text that lock several rows in no order."""
    for found in LOCK.finditer(text):
        begins = [one.start() for one in SELECT.finditer(text, 0, found.start())]
        before = text[begins[-1] : found.start()] if begins else ""
        if before and "SKIP LOCKED" not in found["rest"] and "ORDER BY" not in before and not ONE_ROW.search(before):
            yield " ".join(before.split())


class _Function:
    """The queries of one function that lock rows in no order."""

    def __init__(self, function: ast.AST) -> None:
        self.parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
        self.function = function

    def unordered(self) -> Iterator[int]:
        """The lines of these queries."""
        for node in ast.walk(self.function):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_call and node.func.attr == "select_for_update":  # type: ignore[attr-defined]
                skips = any(one.arg == "skip_locked" for one in node.keywords)  # type: ignore[attr-defined]
                if not skips and not self._is_ordered(node):
                    yield node.lineno  # type: ignore[attr-defined]

    def _is_ordered(self, node: ast.AST) -> bool:
        """Whether the chain of calls around `node` has an order or finds one row, or each chain with its name does."""
        before = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
        top, methods = node, set[str]()
        while isinstance(above := self.parents.get(top), ast.Attribute | ast.Call) and (
            isinstance(above, ast.Attribute) or above.func is top
        ):
            methods |= {above.attr} if isinstance(above, ast.Attribute) else {f"{one.arg}=" for one in above.keywords}
            top = above
        if "order_by" in before | methods or methods & SINGLE:
            return True
        if not isinstance(above, ast.Assign) or not isinstance(above.targets[0], ast.Name):
            return False
        name = above.targets[0].id
        uses = [one for one in ast.walk(self.function) if isinstance(one, ast.Name) and one.id == name]
        loads = [one for one in uses if isinstance(one.ctx, ast.Load) and one.lineno >= above.lineno]
        return bool(loads) and all(self._is_ordered(one) for one in loads)


def unordered_queries(text: str) -> list[int]:
    """The lines of a module at which several rows are locked in no order."""
    return sorted({
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for line in _Function(node).unordered()
    })  # fmt: skip


def test_rows_are_locked_in_an_order() -> None:
    found = []
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.sql")]):
        name = path.relative_to(SOURCE).as_posix()
        if {"tests", "migrations"} & set(path.parts) or name in ONE_BY_MEANING:
            continue
        text = path.read_text(encoding="utf-8")
        found += [f"{name}: {one}" for one in unordered_sql(text)]
        if path.suffix == ".py" and "select_for_update" in text:
            found += [f"{name}:{line}" for line in unordered_queries(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "is_seen"),
    [
        ("SELECT FROM x WHERE contact_id = ANY(%s) FOR UPDATE", True),
        ("SELECT FROM x WHERE b = ANY(%s) ORDER BY id FOR KEY SHARE", False),
        ("SELECT FROM x WHERE b = ANY(%s) FOR UPDATE SKIP LOCKED", False),
        ("SELECT FROM x WHERE id = %s FOR SHARE", False),
    ],
)
def test_the_guard_reads_sql(text: str, is_seen: bool) -> None:
    assert bool(list(unordered_sql(text))) is is_seen


@pytest.mark.parametrize(
    ("query", "is_seen"),
    [
        ("list(X.objects.select_for_update().filter(pk__in=ids))", True),
        ("list(X.objects.filter(pk__in=ids).order_by('pk').select_for_update())", False),
        ("X.objects.select_for_update().filter(a=1).first()", False),
        ("list(X.objects.select_for_update(skip_locked=True))", False),
    ],
)
def test_the_guard_reads_queries(query: str, is_seen: bool) -> None:
    assert bool(unordered_queries(f"def f(ids):\n    return {query}\n")) is is_seen
    named = f"def f(ids):\n    rows = {query}\n    return rows\n"
    assert bool(unordered_queries(named)) is is_seen


def test_the_guard_follows_names() -> None:
    begin = "def f(ids):\n    rows = X.objects.select_for_update()\n"
    assert unordered_queries(f"{begin}    return [row for row in rows]\n") == [2]
    assert unordered_queries(f"{begin}    return rows.filter(pk__in=ids).order_by('pk')\n") == []
    assert unordered_queries(f"{begin}    mine = rows.filter(a=1)\n    return mine.get(pk=1)\n") == []
