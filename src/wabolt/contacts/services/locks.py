"""The lock that keeps imports, newly met people and erasures of one workspace apart."""

from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.lib.advisory import lock_until_commit


def lock_imports(cursor: Any, workspace: Workspace) -> None:
    """Locks out, until the transaction ends, every other writer that gives addresses to contacts in bulk.

    One chunk of an import runs at a time, and none while contacts are being erased.
    """
    lock_until_commit(cursor, f"contacts.import:{workspace.pk}")
