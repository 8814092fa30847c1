"""The contacts that are in a segment now."""

import datetime as dt
from collections.abc import Iterator

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import kept_sums
from wabolt.lib import clock
from wabolt.segments.rules import EVERYONE, Catalogue, Node, normalise

from .compiler import compile_segment
from .live import members_sql


def count_contacts(
    workspace: Workspace, tree: Node, *, now: dt.datetime | None = None, known: Catalogue | None = None
) -> int:
    """Returns how many contacts the tree holds for. Raises `BrokenSegment`."""
    if normalise(tree) == EVERYONE:
        return kept_sums(workspace.pk, ("contacts",), [workspace.pk])[workspace.pk].get("known", 0)
    found = members_sql(workspace, tree, now or clock.now(), known=known)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({found.sql}) segment", found.params)  # bound values
        return int(cursor.fetchone()[0])


def contact_ids(
    workspace: Workspace, tree: Node, *, now: dt.datetime | None = None, known: Catalogue | None = None
) -> set[int]:
    """Returns the ids of all contacts the tree holds for, by an evaluation; for small workspaces and tests. Raises
    `BrokenSegment`."""
    found = compile_segment(workspace, tree, now or clock.now(), known=known)
    with connection.cursor() as cursor:
        cursor.execute(found.sql, found.params)
        return {pk for (pk,) in cursor.fetchall()}


def sample_contacts(
    workspace: Workspace,
    tree: Node,
    n: int = 10,
    *,
    now: dt.datetime | None = None,
    known: Catalogue | None = None,
) -> list[Contact]:
    """Returns `n` of the contacts the tree holds for, newest first. Raises `BrokenSegment`."""
    found = members_sql(workspace, tree, now or clock.now(), known=known, first_few=True)
    with connection.cursor() as cursor:
        cursor.execute(f"{found.sql} ORDER BY c.id DESC LIMIT %s", (*found.params, n))
        ids = [pk for (pk,) in cursor.fetchall()]
    contacts = Contact.objects.filter(workspace=workspace).in_bulk(ids)
    return [contacts[pk] for pk in ids if pk in contacts]


def holds_for(workspace: Workspace, tree: Node, contact_id: int) -> bool:
    """Returns whether the tree holds for this contact now, by an evaluation. For one contact this is as fast as
    reading the stored members, and it includes the latest changes. Raises `BrokenSegment`."""
    found = compile_segment(workspace, tree, clock.now(), first_few=True)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM ({found.sql}) segment WHERE id = %s)", (*found.params, contact_id))
        return bool(cursor.fetchone()[0])


def member_batches(workspace: Workspace, tree: Node, size: int = 1000) -> Iterator[list[int]]:
    """Returns the ids of all contacts the tree holds for, newest first, in batches. Raises `BrokenSegment` before the
    first batch."""
    found = members_sql(workspace, tree, clock.now())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({found.sql}) segment ORDER BY id DESC", found.params)  # bound values
        ids = [pk for (pk,) in cursor.fetchall()]
    return (ids[start : start + size] for start in range(0, len(ids), size))
