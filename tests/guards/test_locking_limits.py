"""A subquery with LIMIT and a row lock is evaluated once: `= ANY(ARRAY(SELECT ...))` or a CTE.

In `IN (SELECT ... LIMIT 1 FOR UPDATE)` the planner may choose a nested loop that evaluates the subquery for each row of
the outer table. The statement then changes more rows than LIMIT allows.
"""

import re

from tests.guards.layout import SOURCE

REPEATED = re.compile(r"\bIN\s*\(\s*SELECT\b[^()]*(?:\([^()]*\)[^()]*)*\bLIMIT\b[^()]*(?:\([^()]*\)[^()]*)*\bFOR\s+\w+")


def test_no_locking_subquery_with_a_limit_can_run_twice() -> None:
    found = [
        path.relative_to(SOURCE).as_posix()
        for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.sql")])
        if not {"tests", "migrations"} & set(path.parts) and REPEATED.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_guard_sees_one() -> None:
    assert REPEATED.search("DELETE FROM x WHERE id IN (SELECT id FROM x WHERE a = f(b) LIMIT %(n)s FOR UPDATE)")
    assert not REPEATED.search("DELETE FROM x WHERE id = ANY(ARRAY(SELECT id FROM x LIMIT 1 FOR UPDATE))")
