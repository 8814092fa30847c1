"""Reactions of journeys to signals of lower rooms."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from wabolt.accounts.models import Workspace
from wabolt.contacts.signals import contacts_erased, contacts_merged, contacts_parted
from wabolt.journeys.services.people import end_erased, end_merged, reopen
from wabolt.journeys.services.restoring import carry_people, pause_all
from wabolt.lib.restore import Restore, database_restored

NOTED = "journeys"


@receiver(contacts_merged)
def end_doubled(*, workspace: Workspace, absorbed_id: int, **_: Any) -> dict[str, Any]:
    """End the ways of the absorbed contact for which the kept one has a way already. The others moved with the rows."""
    return {NOTED: end_merged(workspace=workspace, absorbed_id=absorbed_id)}


@receiver(contacts_parted)
def take_up_again(*, workspace: Workspace, noted: dict[str, Any], **_: Any) -> None:
    """Undo `end_doubled`."""
    reopen(workspace=workspace, enrollment_ids=noted.get(NOTED, []))


@receiver(contacts_erased)
def end_all(*, workspace: Workspace, contact_ids: Sequence[int], **_: Any) -> None:
    """End the ways of people whose data is erased."""
    end_erased(workspace=workspace, contact_ids=contact_ids)


@receiver(database_restored)
def keep_journeys(restore: Restore, **_: Any) -> None:
    """Keep what people went through since the backup, and hold everything until a member decides."""
    if restore.shops:
        carry_people(restore)
    pause_all(restore)
