"""Receivers of signals of the rooms below. Connected in `CommerceConfig.ready`."""

from typing import Any

from django.db import connection
from django.dispatch import receiver
from django.utils.translation import gettext as _

from wabolt.accounts.models import Workspace
from wabolt.accounts.signals import currency_changing
from wabolt.commerce.models import Cart, Order
from wabolt.commerce.services import carry_vouchers
from wabolt.commerce.services.orders import write_facts
from wabolt.contacts.signals import contacts_merged, contacts_parted
from wabolt.lib.errors import DomainError
from wabolt.lib.restore import Restore, database_restored


@receiver([contacts_merged, contacts_parted])
def recompute_facts(workspace: Workspace, kept_id: int, absorbed_id: int, **_: Any) -> None:
    """Recomputes the purchase facts after orders moved to another contact."""
    with connection.cursor() as cursor:
        write_facts(cursor, workspace, [kept_id, absorbed_id])


@receiver(currency_changing)
def keep_currency(*, workspace: Workspace, **_given: Any) -> None:
    """Refuses a change of currency if there are orders or carts, because sums would mix amounts of both currencies."""
    if Order.objects.filter(workspace=workspace).exists() or Cart.objects.filter(workspace=workspace).exists():
        raise DomainError(
            _("The shop has orders or carts in its currency. It can no longer be changed."),
            code="has_amounts",
            field="currency",
        )


@receiver(database_restored)
def keep_vouchers(restore: Restore, **_given: Any) -> None:
    """Keeps the codes that customers got since the backup."""
    if restore.shops:
        carry_vouchers(restore)
