"""Reactions to changes of contacts and to a restore. Connected by `registrations.register`."""

from typing import Any

from django.dispatch import receiver

from wabolt.accounts.models import Workspace
from wabolt.contacts.signals import contacts_erased, contacts_merged, contacts_parted
from wabolt.lib.restore import Restore, database_restored
from wabolt.optin.events.services import carry_events, leave_out_unknown
from wabolt.optin.events.services.people import forget_registrations, join_registrations, part_registrations

_NOTED = "event_registrations"


@receiver(contacts_merged)
def join_for_merged(*, workspace: Workspace, kept_id: int, absorbed_id: int, **_: Any) -> dict[str, Any]:
    """One person has one registration."""
    return {_NOTED: join_registrations(workspace=workspace, kept_id=kept_id, absorbed_id=absorbed_id)}


@receiver(contacts_parted)
def part_for_parted(*, workspace: Workspace, absorbed_id: int, noted: dict[str, Any], **_: Any) -> None:
    """Undoes `join_for_merged`."""
    part_registrations(workspace=workspace, absorbed_id=absorbed_id, lost=noted.get(_NOTED, []))


@receiver(contacts_erased)
def forget_for_erased(*, workspace: Workspace, contact_ids: list[int], **_: Any) -> None:
    """Frees the seats of erased people."""
    forget_registrations(workspace=workspace, contact_ids=contact_ids)


@receiver(database_restored)
def tell_nobody_twice(restore: Restore, **_: Any) -> None:
    """Keeps what happened to events since the backup, and leaves out reminders that may have gone out already."""
    if restore.shops:
        carry_events(restore)
    leave_out_unknown(known=restore.shops)
