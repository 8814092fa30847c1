"""Vouchers after a restore."""

from django.db import transaction

from wabolt.lib.restore import Restore, Rows, carry_over


@transaction.atomic
def carry_vouchers(restore: Restore) -> int:
    """Carries over the codes of the database that was there before, and which of them were used. Returns how many rows
    changed.

    Customers have the codes, and the messages that name them stay. A used code must not be usable again. The order that
    used it is lost if it was recorded since the backup.
    """
    shops = (list(restore.shops),)
    rows = Rows("commerce_voucher", "workspace_id = ANY(%s)", shops, same=("code",), update=("redeemed_at",))
    return carry_over(restore, rows)
