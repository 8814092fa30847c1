"""Reads about merged contacts and possible duplicates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, Field, Identity, Merge
from wabolt.contacts.registry import personal_data
from wabolt.contacts.rules import PERSON_COLUMNS

CROWD = 20
"""A name or an e-mail shared by more contacts than this does not identify a person."""
_ABSORBED = """
WITH RECURSIVE part (whole, id) AS (
    SELECT kept_id, absorbed_id FROM contacts_merge
     WHERE workspace_id = %(workspace)s AND kept_id = ANY(%(ids)s) AND undone_at IS NULL
    UNION SELECT part.whole, m.absorbed_id FROM part JOIN contacts_merge m ON m.kept_id = part.id
     WHERE m.undone_at IS NULL)
SELECT whole, id FROM part
"""
_KEPT = """
WITH RECURSIVE step (id, whole) AS (
    SELECT absorbed_id, kept_id FROM contacts_merge
     WHERE workspace_id = %(workspace)s AND absorbed_id = ANY(%(ids)s) AND undone_at IS NULL
    UNION SELECT step.id, m.kept_id FROM step JOIN contacts_merge m ON m.absorbed_id = step.whole
     WHERE m.undone_at IS NULL)
SELECT id, whole FROM step
 WHERE NOT EXISTS (SELECT FROM contacts_merge m WHERE m.absorbed_id = step.whole AND m.undone_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two contacts that look like one person. `signs` are the reasons: "email", "birthday"."""

    first: Contact
    second: Contact
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    """One page of pairs. `next` is the value of `after` for the next page, empty at the end."""

    pairs: list[Pair]
    next: str


@dataclass(frozen=True, slots=True)
class MergeLine:
    """One column of two contacts, and its value after the merge. `column` is the key of a column or custom field."""

    column: str
    label: str
    kept: Any
    absorbed: Any
    result: Any


def merges_of(workspace: Workspace, contact: Contact) -> QuerySet[Merge]:
    """Returns the merges into this contact that can be undone, newest first."""
    found = Merge.objects.filter(workspace=workspace, kept=contact, undone_at=None)
    return found.order_by("-id")


def merged_from(workspace: Workspace, contact: Contact) -> list[tuple[str, Merge]]:
    """Returns the merges into this contact with the name or address of the absorbed one ("" if neither is known any
    more)."""
    joined = list(merges_of(workspace, contact))
    ids = [pk for one in joined for pk in one.moved.get("contacts_identity", [])]
    values = dict(Identity.objects.filter(pk__in=ids, contact=contact).values_list("pk", "value")) if ids else {}
    found = []
    for one in joined:
        address = next((values[pk] for pk in one.moved.get("contacts_identity", []) if pk in values), "")
        found.append((one.before.get("absorbed", {}).get("name") or address, one))
    return found


def absorbed_of(workspace: Workspace, contact_ids: Collection[int]) -> dict[int, set[int]]:
    """{contact: the contacts that became part of it, directly or through others}, of those that absorbed any. Their
    events stay with them."""
    found: dict[int, set[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ABSORBED, {"workspace": workspace.pk, "ids": list(contact_ids)})
        for kept, absorbed in cursor:
            found.setdefault(kept, set()).add(absorbed)
    return found


def with_absorbed(workspace: Workspace, contact_ids: Collection[int]) -> list[int]:
    """These contacts and those that became part of them, by id: all rows of these people. Events, proofs of permission
    and some other rows stay with the absorbed contact."""
    return sorted({*contact_ids, *chain.from_iterable(absorbed_of(workspace, contact_ids).values())})


def kept_of(workspace: Workspace, contact_ids: Collection[int]) -> dict[int, int]:
    """{contact: the contact that it became part of, directly or through others}, of those that were absorbed."""
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, {"workspace": workspace.pk, "ids": list(contact_ids)})
        return dict(cursor.fetchall())


def get_merge(workspace: Workspace, merge_id: int) -> Merge:
    """Returns a merge of this workspace that was not undone. Raises Merge.DoesNotExist."""
    return Merge.objects.select_related("kept").get(workspace=workspace, pk=merge_id, undone_at=None)


def brought_by(merge: Merge) -> tuple[list[Identity], list[str]]:
    """Returns what an undo gives back: the addresses, and the counts of other rows in words."""
    ids = merge.moved.get("contacts_identity", [])
    identities = list(Identity.objects.filter(pk__in=ids, contact=merge.kept_id).order_by("kind", "value"))
    return identities, [
        one.count_words(count) % {"count": count}
        for one in personal_data()
        if one.count_words is not None and (count := len(merge.moved.get(one.table, ())))
    ]


def counts_of(contact_ids: Sequence[int]) -> dict[int, list[str]]:
    """Returns {contact: counts of its rows in words, such as "3 orders"}; one statement per table."""
    counts: dict[int, list[str]] = {contact_id: [] for contact_id in contact_ids}
    for one in personal_data():
        if one.count_words is None:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT contact_id, count(*) FROM {one.table} WHERE contact_id = ANY(%s) GROUP BY contact_id",
                [list(contact_ids)],
            )
            for contact_id, count in cursor.fetchall():
                counts[contact_id].append(one.count_words(count) % {"count": count})
    return counts


def merge_lines(keep: Contact, absorbed: Contact, fields: Sequence[Field], labels: dict[str, str]) -> list[MergeLine]:
    """Returns a line for each column and custom field that one of the two has, with its value after the merge."""
    both = [(key, getattr(keep, key), getattr(absorbed, key)) for key in PERSON_COLUMNS]
    lines = [MergeLine(key, labels[key], a, b, a or b) for key, a, b in both if a or b]
    for field in fields:
        a, b = keep.fields.get(field.key), absorbed.fields.get(field.key)
        if a is not None or b is not None:
            lines.append(MergeLine(field.key, field.label, a, b, b if a is None else a))
    return lines


_PAIRS = """
    WITH sign AS (
        SELECT 'email' AS sign, lower(email) AS key, id FROM contacts_contact
         WHERE workspace_id = %(workspace)s AND erased_at IS NULL AND email <> ''
        UNION ALL
        SELECT 'birthday', lower(name) || ' ' || birth_date, id FROM contacts_contact
         WHERE workspace_id = %(workspace)s AND erased_at IS NULL AND birth_date IS NOT NULL AND name <> ''),
    shared AS (SELECT sign, key FROM sign GROUP BY sign, key HAVING count(*) BETWEEN 2 AND %(crowd)s)
    SELECT a.id, b.id, array_agg(DISTINCT a.sign ORDER BY a.sign)
      FROM shared JOIN sign a USING (sign, key) JOIN sign b USING (sign, key)
     WHERE a.id < b.id AND (a.id, b.id) > (%(first)s, %(second)s)
       AND NOT EXISTS (SELECT FROM contacts_knowndifferent d WHERE d.first_id = a.id AND d.second_id = b.id)
     GROUP BY a.id, b.id ORDER BY a.id, b.id LIMIT %(limit)s
"""


def duplicates(workspace: Workspace, *, after: str = "", limit: int = 20) -> DuplicatePage:
    """Returns pairs with the same e-mail, or the same name and birthday, that no member has marked as different; oldest
    contact first."""
    first, _, second = after.partition("_")
    given = first.isdecimal() and second.isdecimal() and len(first) < 19 and len(second) < 19
    params = {"workspace": workspace.pk, "crowd": CROWD, "limit": limit + 1}
    params |= {"first": int(first), "second": int(second)} if given else {"first": 0, "second": 0}
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, params)
        rows = cursor.fetchall()
    more, rows = len(rows) > limit, rows[:limit]
    people = Contact.objects.filter(workspace=workspace).in_bulk({row[0] for row in rows} | {row[1] for row in rows})
    pairs = [Pair(people[one], people[other], tuple(signs)) for one, other, signs in rows]
    return DuplicatePage(pairs, f"{rows[-1][0]}_{rows[-1][1]}" if more else "")
