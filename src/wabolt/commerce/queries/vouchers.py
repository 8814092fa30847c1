"""Reads of vouchers."""

from collections.abc import Collection
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Voucher

GIVE_VOUCHER = "commerce.give_voucher"
"""The key of the contact action "Give a voucher". Its parameters are `percent` and `days`."""


def vouchers_given(workspace: Workspace, origin: tuple[str, int], contact_ids: Collection[int]) -> dict[int, Voucher]:
    """Returns the newest voucher that each contact got from this origin, such as ("journey", 5): {contact id:
    voucher}."""
    kind, pk = origin
    given = Voucher.objects.filter(workspace=workspace, origin_kind=kind, origin_id=pk, contact__in=contact_ids)
    return {voucher.contact_id: voucher for voucher in given.order_by("contact", "-pk").distinct("contact")}


def gift_key(origin: tuple[str, int], key: str, contact_id: int) -> str:
    """Returns the idempotency key (`services.give_vouchers`) of a voucher of the contact action "Give a voucher".

    `origin` and `key`: those of the action's run.
    """
    return f"{origin[0]}:{origin[1]}:{key}:{contact_id}"


def vouchers_by_key(workspace: Workspace, keys: Collection[str]) -> dict[str, Voucher]:
    """Returns the vouchers with these idempotency keys, used and expired ones too: {key: voucher}."""
    # The index of keys is partial. The planner proves its condition for short lists only.
    found = Voucher.objects.filter(workspace=workspace, key__in=keys).exclude(key="")
    return {voucher.key: voucher for voucher in found}


def voucher_values(workspace: Workspace, voucher: Voucher) -> dict[str, Any]:
    """Returns the values of a voucher for a text: code, percent and the last day. They go into `Message.variables`
    under "voucher"."""
    last_day = voucher.valid_until.astimezone(workspace.tz).date()
    return {"code": voucher.code, "percent": voucher.percent, "until": last_day.isoformat()}
