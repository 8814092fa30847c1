"""Text variables for a contact's orders."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import PurchaseFacts
from wabolt.lib import formats
from wabolt.lib.personal_values import Values, Variable, VariableGroup, register_variables

VARIABLES = (
    Variable("orders.count", _("Number of orders"), "3"),
    Variable("orders.spent", _("Total spent"), "Rp450.000"),
    Variable("orders.last_date", _("Day of the last order"), "12 Nov 2026"),
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


def register() -> None:
    """Registers the variables. Called from `CommerceConfig.ready`."""
    register_variables(VariableGroup("orders", lambda _workspace: VARIABLES, load, frozenset({"last_date"})))
