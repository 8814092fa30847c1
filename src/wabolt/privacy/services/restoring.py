"""Requests that were made after a backup survive its restore: the legal clock does not start again."""

from django.db import transaction

from wabolt.lib.restore import Restore, Rows, carry_over


@transaction.atomic
def carry_requests(restore: Restore) -> int:
    """Carries over requests, their history and breaches of the database that was there before. Returns how many."""
    if restore.previous is None or not restore.shops:
        return 0
    shops = list(restore.shops)
    states = ("state", "closed_at", "erase_at", "owner_id", "details")
    where = "workspace_id = ANY(%s)"
    changed = carry_over(
        restore, Rows("privacy_datarequest", where, (shops,), same=("contact_id", "opened_at"), update=states)
    )
    known = "SELECT id FROM privacy_datarequest WHERE workspace_id = ANY(%s)"
    changed += carry_over(restore, Rows("privacy_requeststep", f"request_id IN ({known})", (shops,)))
    changed += carry_over(restore, Rows("privacy_breach", where, (shops,)))
    return changed
