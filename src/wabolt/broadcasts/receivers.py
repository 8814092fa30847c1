"""What broadcasts do when something happens in the rooms below."""

from typing import Any

from django.dispatch import receiver

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.signals import rights_lost
from wabolt.broadcasts.services.joining import join_recipients, part_recipients
from wabolt.broadcasts.services.restoring import carry_broadcasts, hold_begun
from wabolt.broadcasts.services.running import unschedule_of_member
from wabolt.contacts.signals import contacts_merged, contacts_parted
from wabolt.lib.restore import Restore, database_restored
from wabolt.lib.roles import at_least


@receiver(contacts_merged)
def join_for_merged(*, kept_id: int, absorbed_id: int, **_: Any) -> dict[str, Any]:
    """The list of people of a broadcast that both were in goes on adding up."""
    return {"recipients": join_recipients(kept_id=kept_id, absorbed_id=absorbed_id)}


@receiver(contacts_parted)
def part_for_parted(*, kept_id: int, absorbed_id: int, noted: dict[str, Any], **_: Any) -> None:
    """And back again."""
    part_recipients(kept_id=kept_id, absorbed_id=absorbed_id, broadcast_ids=noted.get("recipients", []))


@receiver(rights_lost)
def unschedule(*, workspace: Workspace, user: User, role: str, **_: Any) -> None:
    """A scheduled broadcast needs a member who may send it."""
    if not at_least(role, "manager"):
        unschedule_of_member(workspace=workspace, user=user)


@receiver(database_restored)
def keep_broadcasts(restore: Restore, **_: Any) -> None:
    """A broadcast that has begun keeps its audience; nothing starts or continues before a member decides."""
    if restore.shops:
        carry_broadcasts(restore)
    hold_begun(restore)
