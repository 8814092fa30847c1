"""What broadcasts do when something happens in the rooms below."""

from typing import Any

from django.dispatch import receiver

from wabolt.broadcasts.services.joining import join_recipients, part_recipients
from wabolt.broadcasts.services.minding import pause_started
from wabolt.contacts.signals import contacts_merged, contacts_parted
from wabolt.lib.restore import database_restored


@receiver(contacts_merged)
def join_for_merged(*, kept_id: int, absorbed_id: int, **_: Any) -> dict[str, Any]:
    """The list of people of a broadcast that both were in goes on adding up."""
    return {"recipients": join_recipients(kept_id=kept_id, absorbed_id=absorbed_id)}


@receiver(contacts_parted)
def part_for_parted(*, kept_id: int, absorbed_id: int, noted: dict[str, Any], **_: Any) -> None:
    """And back again."""
    part_recipients(kept_id=kept_id, absorbed_id=absorbed_id, broadcast_ids=noted.get("recipients", []))


@receiver(database_restored)
def pause_after_restore(**_: Any) -> None:
    """A restored broadcast waits for a member's decision."""
    pause_started()
