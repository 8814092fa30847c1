"""Reactions of journeys to signals of lower rooms."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.dispatch import receiver

from wabolt.accounts.models import Workspace
from wabolt.accounts.signals import timezone_changed
from wabolt.contacts.signals import contacts_erased, contacts_merged, contacts_parted
from wabolt.journeys.services.people import cancel_doubled, end_erased, end_merged, look_again, reopen
from wabolt.journeys.services.restoring import carry_people, pause_all
from wabolt.lib.restore import Restore, database_restored

NOTED = "journeys"


@receiver(contacts_merged)
def end_doubled(
    *, workspace: Workspace, kept_id: int, absorbed_id: int, moved: Mapping[str, Sequence[int]], **_: Any
) -> dict[str, Any]:
    """Ends the enrollments of the absorbed contact that double one of the kept contact. The merge has moved the others.

    The engine looks at all of them again, because the events of the absorbed contact count for them now."""
    ended = end_merged(workspace=workspace, absorbed_id=absorbed_id, moved_ids=moved.get("journeys_enrollment", []))
    cancel_doubled(workspace=workspace, kept_id=kept_id)
    look_again(workspace=workspace, contact_ids=[kept_id])
    return {NOTED: ended}


@receiver(contacts_parted)
def take_up_again(*, workspace: Workspace, noted: dict[str, Any], **_: Any) -> None:
    """Undoes `end_doubled`."""
    reopen(workspace=workspace, enrollment_ids=noted.get(NOTED, []))


@receiver(contacts_erased)
def end_all(*, workspace: Workspace, contact_ids: Sequence[int], **_: Any) -> None:
    """Ends the enrollments of people whose data is erased."""
    end_erased(workspace=workspace, contact_ids=contact_ids)


@receiver(timezone_changed)
def compute_again(*, workspace: Workspace, **_: Any) -> None:
    """Makes the engine compute the due times again in the new time zone of the shop."""
    look_again(workspace=workspace)


@receiver(database_restored)
def keep_journeys(restore: Restore, **_: Any) -> None:
    """Keeps what people went through since the backup, and holds everything until a member decides."""
    if restore.shops:
        carry_people(restore)
    pause_all(restore)
