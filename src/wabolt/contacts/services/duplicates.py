"""Marks contacts that look like one person but are not."""

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, KnownDifferent


def mark_as_different(*, workspace: Workspace, contact_ids: tuple[int, int]) -> None:
    """Notes that these two are different people, so that they are no longer shown as possible duplicates. Raises
    Contact.DoesNotExist."""
    first, second = sorted(contact_ids)
    if Contact.objects.filter(workspace=workspace, pk__in=[first, second]).count() < 2:
        raise Contact.DoesNotExist
    KnownDifferent.objects.get_or_create(first_id=first, second_id=second, defaults={"workspace": workspace})
