"""The contact list: search while typing, filters, and pages over millions of rows without counting them all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import phonenumbers
from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.contacts import registry
from wabolt.contacts.models import Contact, Tag
from wabolt.contacts.rules import Filters, search_patterns

PAGE = 30
COUNTED = 10_000
_CHOICES = 300


@dataclass(frozen=True, slots=True)
class ContactPage:
    """One page, newest contact first. `newer` and `older` are contact ids to page on from; None at the ends."""

    contacts: list[Contact]
    newer: int | None
    older: int | None


def contact_page(
    workspace: Workspace, filters: Filters, *, before: int | None = None, after: int | None = None, limit: int = PAGE
) -> ContactPage:
    """Returns the contacts older than id `before`, or newer than id `after`, or the newest ones."""
    where, params = conditions(workspace, filters)
    upward = after is not None and before is None
    if upward:
        where.append("c.id > %(after)s")
    elif before is not None:
        where.append("c.id < %(before)s")
    order = "ASC" if upward else "DESC"
    sql = f"SELECT c.* FROM contacts_contact c WHERE {' AND '.join(where)} ORDER BY c.id {order} LIMIT %(limit)s"
    rows = list(Contact.objects.raw(sql, {**params, "after": after, "before": before, "limit": limit + 1}))
    more, rows = len(rows) > limit, rows[:limit]
    if upward:
        rows.reverse()
    if not rows:
        return ContactPage([], None, None)
    newest, oldest = rows[0].pk, rows[-1].pk
    has_newer = more if upward else before is not None
    has_older = True if upward else more
    return ContactPage(rows, newest if has_newer else None, oldest if has_older else None)


def count_contacts(workspace: Workspace, filters: Filters, *, limit: int = COUNTED) -> int:
    """Returns the number of matching contacts. `limit` + 1 means "more than `limit`"."""
    where, params = conditions(workspace, filters)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM"
            f" (SELECT 1 FROM contacts_contact c WHERE {' AND '.join(where)} LIMIT %(limit)s) AS counted",
            {**params, "limit": limit + 1},
        )
        return int(cursor.fetchone()[0])


def ids_in_batches(workspace: Workspace, filters: Filters, *, size: int = 5000) -> Iterator[list[int]]:
    """Yields all matching contacts, newest first, in batches. Contacts that are added meanwhile are not included."""
    before: int | None = None
    while True:
        where, params = conditions(workspace, filters)
        if before is not None:
            where.append("c.id < %(before)s")
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT c.id FROM contacts_contact c WHERE {' AND '.join(where)} ORDER BY c.id DESC LIMIT %(limit)s",
                {**params, "before": before, "limit": size},
            )
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        yield ids
        before = ids[-1]


def conditions(workspace: Workspace, filters: Filters) -> tuple[list[str], dict[str, Any]]:
    """SQL conditions over alias `c` and their parameters."""
    where = ["c.workspace_id = %(workspace)s", "c.erased_at IS NULL"]
    params: dict[str, Any] = {"workspace": workspace.pk}
    dial_code = str(phonenumbers.country_code_for_region(workspace.country) or 62)
    for group, patterns in enumerate(search_patterns(filters.q, dial_code)):
        names = [f"q{group}_{number}" for number in range(len(patterns))]
        params |= dict(zip(names, patterns, strict=True))
        where.append("(" + " OR ".join(f"c.search LIKE %({name})s" for name in names) + ")")
    if filters.tag:
        # The planner knows the frequency of a label only by its id, not by its name.
        tag = Tag.objects.filter(workspace=workspace, name__iexact=filters.tag).values_list("pk", flat=True).first()
        where.append("c.id IN (SELECT ct.contact_id FROM contacts_contacttag ct WHERE ct.tag_id = %(tag)s)")
        params["tag"] = tag or 0
    for column in ("city", "source"):
        if value := getattr(filters, column):
            where.append(f"c.{column} = %({column})s")
            params[column] = value
    if filters.reach:
        where.append("c.reachable" if filters.reach == "yes" else "NOT c.reachable")
    known = {mark.key: mark.filters or {} for mark in registry.marks()}
    where += [f"({known[key][value][1]})" for key, value in filters.marks.items() if value in known.get(key, {})]
    return where, params


def cities(workspace: Workspace, *, limit: int = _CHOICES) -> list[str]:
    """The cities in use, as they are spelled, by name; at most `limit`."""
    return _in_use(workspace, "city", limit)


def sources(workspace: Workspace) -> list[str]:
    """The sources in use, by name."""
    return _in_use(workspace, "source", _CHOICES)


def _in_use(workspace: Workspace, column: str, limit: int) -> list[str]:
    """The distinct values of an indexed column. The query hops from value to value along the index, so its time grows
    with the number of values and not with the number of contacts."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE hop (value) AS (
                (SELECT {column} FROM contacts_contact WHERE workspace_id = %(workspace)s AND {column} > ''
                 ORDER BY {column} LIMIT 1)
                UNION ALL
                SELECT (SELECT n.{column} FROM contacts_contact n
                         WHERE n.workspace_id = %(workspace)s AND n.{column} > hop.value ORDER BY n.{column} LIMIT 1)
                  FROM hop WHERE hop.value IS NOT NULL
            )
            SELECT value FROM hop WHERE value IS NOT NULL LIMIT %(limit)s
            """,
            {"workspace": workspace.pk, "limit": limit},
        )
        return [row[0] for row in cursor.fetchall()]


def marks_of(workspace: Workspace, contacts: Sequence[Contact]) -> dict[int, list[tuple[str, str]]]:
    """{contact id: (word, tone) of every registered mark} for one page."""
    ids = [contact.pk for contact in contacts]
    found: dict[int, list[tuple[str, str]]] = {}
    for mark in registry.marks():
        for contact_id, (word, tone) in mark.read(workspace, ids).items():
            found.setdefault(contact_id, []).append((word, tone))
    return found
