"""Text variables for a contact's orders and cart, and for the voucher that a message carries."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import PurchaseFacts
from wabolt.commerce.queries import current_carts, lines_of
from wabolt.commerce.rules.carts import short_list
from wabolt.lib import formats
from wabolt.lib.personal_values import Values, Variable, VariableGroup, register_variables

VARIABLES = (
    Variable("orders.count", _("Number of orders"), "3"),
    Variable("orders.spent", _("Total spent"), "Rp450.000"),
    Variable("orders.last_date", _("Day of the last order"), "12 Nov 2026"),
)
CART = (
    Variable("cart.items", _("What is in the cart"), "2× Kemeja Batik, Tas Rotan"),
    Variable("cart.total", _("Total of the cart"), "Rp655.000"),
    Variable("cart.count", _("Number of pieces in the cart"), "3"),
    Variable("cart.link", _("Link back to the cart"), "https://toko.id/keranjang"),
)
VOUCHER = (
    Variable("voucher.code", _("Voucher code"), "GAYA-7K2M"),
    Variable("voucher.percent", _("Voucher discount"), "15"),
    Variable("voucher.until", _("Voucher valid until"), "31 Des 2026"),
)


def load(workspace: Workspace, contact_ids: Sequence[int]) -> Mapping[int, Values]:
    """Returns the totals of these contacts' completed orders, in one statement."""
    rows = PurchaseFacts.objects.filter(workspace=workspace, contact__in=contact_ids)
    return {
        facts.contact_id: {
            "count": facts.orders,
            "spent": formats.money(facts.spent, workspace.currency),
            "last_date": facts.last_order_at and facts.last_order_at.astimezone(workspace.tz).date(),
        }
        for facts in rows
    }


def load_carts(workspace: Workspace, contact_ids: Sequence[int]) -> Mapping[int, Values]:
    """Returns the current cart of these contacts, in two statements. Variables are loaded when a message is sent, so
    they hold the present cart."""
    carts = current_carts(workspace, contact_ids)
    lines = lines_of(carts.values())
    return {
        contact: {
            "items": short_list(lines[cart.pk]),
            "total": formats.money(cart.total, cart.currency),
            "count": sum(line["quantity"] for line in lines[cart.pk]),
            "link": cart.url,
        }
        for contact, cart in carts.items()
    }


def register() -> None:
    """Registers the variables. Called from `CommerceConfig.ready`. The values of a voucher are stored with its message
    (`queries.voucher_values`)."""
    register_variables(VariableGroup("orders", lambda _workspace: VARIABLES, load, frozenset({"last_date"})))
    register_variables(VariableGroup("cart", lambda _workspace: CART, load_carts))
    register_variables(VariableGroup("voucher", lambda _workspace: VOUCHER, dates=frozenset({"until"})))
