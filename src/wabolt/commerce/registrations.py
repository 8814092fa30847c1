"""Entries of carts in the registries of navigation, settings, the audit log and retention."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from wabolt.accounts.registry import SettingsPage, register_audit, register_pages
from wabolt.commerce.models import Cart
from wabolt.lib.retention import RetentionClass, register_retention
from wabolt.ui.navigation import NavItem
from wabolt.ui.navigation import register as register_place

_OLD = "FROM commerce_cart WHERE workspace_id = %(workspace)s AND changed_at < %(before)s"
_REMOVE = f"""
WITH due AS (SELECT id {_OLD} AND id > %(after)s ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
versions AS (DELETE FROM commerce_cartversion v USING due WHERE v.cart_id = due.id)
DELETE FROM commerce_cart c USING due WHERE c.id = due.id RETURNING c.id
"""


def register() -> None:
    """Called from `CommerceConfig.ready`."""
    hint = _("What customers wanted and have not ordered yet")
    register_place(NavItem("carts", _("Carts"), "commerce:carts", "shopping-cart", order=52, section="more", hint=hint))
    register_pages(
        SettingsPage(
            "carts", _("Carts"), "commerce:cart_settings", "shopping-cart", 47, "manager",
            _("When a cart counts as abandoned"),
        )
    )  # fmt: skip
    register_audit(
        actions={
            "cart.order": _("Recorded the order of a cart"),
            "cart.empty": _("Emptied a cart"),
            "cart.change_settings": _("Changed when a cart counts as abandoned"),
        },
        settings={"abandoned_after": _("A cart counts as abandoned after (minutes)")},
    )
    register_retention(
        RetentionClass(
            "carts",
            _("Carts of customers"),
            _("Old carts are deleted with their contents. Orders stay."),
            lambda count: ngettext("%(count)s cart", "%(count)s carts", count),
            _count,
            _remove,
            least_months=3,
            order=35,
        )
    )


def _count(workspace_id: int, before: datetime) -> int:
    return Cart.objects.filter(workspace=workspace_id, changed_at__lt=before).count()


def _remove(workspace_id: int, before: datetime, after: int, limit: int) -> tuple[int | None, int]:
    values: dict[str, int | datetime] = {"workspace": workspace_id, "before": before, "after": after, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE, values)
        removed = [pk for (pk,) in cursor.fetchall()]
    return (max(removed), len(removed)) if removed else (None, 0)
