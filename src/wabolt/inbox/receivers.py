"""Reactions of the inbox to signals of lower rooms."""

from typing import Any

from django.dispatch import receiver

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.signals import rights_lost
from wabolt.contacts.signals import contacts_erased, contacts_merged
from wabolt.inbox.services import release_all_of
from wabolt.inbox.services.assigning import move_assignments, release_erased
from wabolt.lib.roles import at_least


@receiver(rights_lost)
def release_conversations(*, workspace: Workspace, user: User, role: str, **_: Any) -> None:
    """Makes the conversations of a person free who can no longer answer them."""
    if not at_least(role, "agent"):
        release_all_of(workspace=workspace, user=user)


@receiver(contacts_merged)
def keep_owner(*, kept_id: int, absorbed_id: int, **_: Any) -> None:
    """Keeps the member who looks after an absorbed contact."""
    move_assignments(kept_id=kept_id, absorbed_id=absorbed_id)


@receiver(contacts_erased)
def forget_owner(*, workspace: Workspace, contact_ids: list[int], **_: Any) -> None:
    """Ends the assignments of erased people."""
    release_erased(workspace=workspace, contact_ids=contact_ids)
