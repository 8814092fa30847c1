"""Ways in after a restore. When a way in is open was told to customers, so it stays what it was last."""

from django.db import transaction

from wabolt.lib.restore import Restore, Rows, carry_over

_OPEN = ("active_from", "active_until", "closed_at", "archived_at")


@transaction.atomic
def carry_points(restore: Restore) -> int:
    """Carries over when the ways in of the backup are open from the database that was there before. Returns how many
    rows changed.

    A closed contest would take new entries otherwise, and a voucher that is no longer offered would be given. Texts,
    pictures and questions are those of the backup.
    """
    rows = Rows(
        "optin_entrypoint", "workspace_id = ANY(%s)", (list(restore.shops),), same=("slug",), update=_OPEN,
        insert=False,
    )  # fmt: skip
    return carry_over(restore, rows)
