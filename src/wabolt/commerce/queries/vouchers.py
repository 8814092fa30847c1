"""Reads of vouchers."""

from collections.abc import Collection
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Voucher


def vouchers_given(workspace: Workspace, origin: tuple[str, int], contact_ids: Collection[int]) -> dict[int, Voucher]:
    """The newest voucher that each contact got from this origin, such as ("journey", 5): {contact id: voucher}."""
    kind, pk = origin
    given = Voucher.objects.filter(workspace=workspace, origin_kind=kind, origin_id=pk, contact__in=contact_ids)
    return {voucher.contact_id: voucher for voucher in given.order_by("contact", "-pk").distinct("contact")}


def voucher_values(workspace: Workspace, voucher: Voucher) -> dict[str, Any]:
    """The values of a voucher for a text: code, percent and the last day. They go into `Message.variables` under
    "voucher"."""
    last_day = voucher.valid_until.astimezone(workspace.tz).date()
    return {"code": voucher.code, "percent": voucher.percent, "until": last_day.isoformat()}
