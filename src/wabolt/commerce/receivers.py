"""What commerce hears from the rooms below it. Connected in `CommerceConfig.ready`."""

from typing import Any

from django.db import connection
from django.dispatch import receiver

from wabolt.accounts.models import Workspace
from wabolt.commerce.services.orders import FACTS
from wabolt.contacts.signals import contacts_merged, contacts_parted


@receiver([contacts_merged, contacts_parted])
def add_up_again(workspace: Workspace, kept_id: int, absorbed_id: int, **_: Any) -> None:
    """The orders have changed hands: what they add up to follows."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, {"workspace": workspace.pk, "contacts": [kept_id, absorbed_id]})
