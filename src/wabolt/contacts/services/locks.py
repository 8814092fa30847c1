"""Locks on contacts, and the lock under which imports, new contacts in bulk and erasures run one after another."""

from collections.abc import Collection
from typing import Any

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.lib.advisory import lock_until_commit


def lock_imports(cursor: Any, workspace: Workspace) -> None:
    """Locks out, until the transaction ends, every other writer that gives addresses to contacts in bulk.

    One chunk of an import runs at a time, and none while contacts are being erased.
    """
    lock_until_commit(cursor, f"contacts.import:{workspace.pk}")


def hold_contacts(workspace: Workspace, contact_ids: Collection[int]) -> set[int]:
    """Locks contacts against merges and erasures until the transaction ends. Returns the ids of those that exist and
    are not erased.

    A transaction that writes rows of several contacts calls this before it locks the first of those rows. A merge and
    an erasure lock contacts before their rows too, and all lock contacts in order of id. A caller with several rounds,
    such as intake, can still deadlock; its transaction is tried again.
    The lock is shared: it keeps no other writer of a contact waiting.
    """
    if not contact_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_contact WHERE workspace_id = %s AND id = ANY(%s) AND erased_at IS NULL"
            " ORDER BY id FOR KEY SHARE",
            [workspace.pk, sorted(contact_ids)],
        )
        return {pk for (pk,) in cursor.fetchall()}
