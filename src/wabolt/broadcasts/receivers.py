"""Reactions of broadcasts to signals of lower rooms."""

from typing import Any

from django.dispatch import receiver

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.signals import rights_lost
from wabolt.broadcasts.services.joining import join_recipients, part_recipients
from wabolt.broadcasts.services.restoring import carry_broadcasts, pause_running
from wabolt.broadcasts.services.running import unschedule_of_member
from wabolt.contacts.signals import contacts_merged, contacts_parted
from wabolt.lib.restore import Restore, database_restored
from wabolt.lib.roles import at_least


@receiver(contacts_merged)
def join_for_merged(*, kept_id: int, absorbed_id: int, **_: Any) -> dict[str, Any]:
    """Keeps the sums of broadcasts that had both contacts as recipients."""
    return {"recipients": join_recipients(kept_id=kept_id, absorbed_id=absorbed_id)}


@receiver(contacts_parted)
def part_for_parted(*, kept_id: int, absorbed_id: int, noted: dict[str, Any], **_: Any) -> None:
    """Undoes `join_for_merged`."""
    part_recipients(kept_id=kept_id, absorbed_id=absorbed_id, broadcast_ids=noted.get("recipients", []))


@receiver(rights_lost)
def unschedule(*, workspace: Workspace, user: User, role: str, **_: Any) -> None:
    """Makes the scheduled broadcasts of a member drafts again when the member may no longer send."""
    if not at_least(role, "manager"):
        unschedule_of_member(workspace=workspace, user=user)


@receiver(database_restored)
def keep_broadcasts(restore: Restore, **_: Any) -> None:
    """Keeps the audience of broadcasts that have begun, and holds them until a member decides."""
    if restore.shops:
        carry_broadcasts(restore)
    pause_running(restore)
