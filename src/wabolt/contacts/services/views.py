"""Notes who looked at a person's data. The person may ask for this list (UU PDP, article 32)."""

from collections.abc import Sequence

from wabolt.accounts.models import User, Workspace
from wabolt.contacts.models import ContactView
from wabolt.lib import clock


def note_view(*, workspace: Workspace, contact_id: int, user: User | None, how: str) -> None:
    """Notes that a member saw a contact today; a second look on one day adds nothing. `how`: ContactView.How."""
    note_views(workspace=workspace, contact_ids=[contact_id], user=user, how=how)


def note_views(*, workspace: Workspace, contact_ids: Sequence[int], user: User | None, how: str) -> None:
    """`note_view` for several contacts of the workspace, in one statement. Without a user nothing is noted."""
    if user is None or not contact_ids:
        return
    now = clock.now()
    day = now.astimezone(workspace.tz).date()
    ContactView.objects.bulk_create(
        [ContactView(workspace=workspace, contact_id=pk, user=user, how=how, day=day, at=now) for pk in contact_ids],
        ignore_conflicts=True,
        batch_size=2000,
    )
