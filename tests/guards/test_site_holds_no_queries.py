"""`site` wires the rooms together and asks them: it holds no SQL over a room's tables."""

import re

from django.apps import apps

from tests.guards.layout import SOURCE

SITE = SOURCE / "site"
VERBS = r"(?:FROM|JOIN|INTO|UPDATE|TABLE|ONLY|to_regclass\('|')\s*(?:public\.)?\"?"


def _tables() -> set[str]:
    return {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("wabolt.") or model._meta.app_label == "procrastinate"
    }


def statements_about(tables: set[str], text: str) -> list[str]:
    """The places in a source text where SQL names one of these tables."""
    names = "|".join(sorted(tables, key=len, reverse=True))
    return [found[0] for found in re.finditer(rf"{VERBS}(?:{names})\b(?:'::regclass)?", text) if _is_sql(found[0])]


def _is_sql(found: str) -> bool:
    return not found.startswith("'") or found.endswith("'::regclass")


def test_site_holds_no_sql_about_tables_of_rooms() -> None:
    tables = _tables()
    assert len(tables) > 60
    found = {
        path.relative_to(SOURCE).as_posix(): statements
        for path in sorted([*SITE.rglob("*.py"), *SITE.rglob("*.sql")])
        if "tests" not in path.parts and (statements := statements_about(tables, path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_the_guard_sees_sql() -> None:
    tables = {"contacts_event", "accounts_workspace"}
    assert statements_about(tables, "SELECT id FROM contacts_event e JOIN accounts_workspace w ON true")
    assert statements_about(tables, "SELECT to_regclass('accounts_workspace') IS NULL")
    assert statements_about(tables, "WHERE inhparent = 'contacts_event'::regclass")
    assert not statements_about(tables, 'manifest.rows("contacts_event") # the names are data of a backup')
