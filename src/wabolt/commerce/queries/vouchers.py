"""Reads of vouchers."""

from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Voucher


def voucher_values(workspace: Workspace, voucher: Voucher) -> dict[str, Any]:
    """The values of a voucher for a text: code, percent and the last day. They go into `Message.variables` under
    "voucher"."""
    last_day = voucher.valid_until.astimezone(workspace.tz).date()
    return {"code": voucher.code, "percent": voucher.percent, "until": last_day.isoformat()}
