"""Reactions of contacts to signals of other rooms. Connected in `ContactsConfig.ready`."""

from typing import Any

from django.dispatch import receiver

from wabolt.accounts.models import Workspace
from wabolt.contacts.services import replay_erasure_list, replay_erasures
from wabolt.lib.restore import Restore, database_restored

_LOG = "SELECT kind, digest, at FROM contacts_erasedidentity WHERE workspace_id = %s"
# A contact that was merged into another one is emptied too, but its person was not erased.
_PEOPLE = """
    SELECT c.id, c.created_at FROM contacts_contact c
    WHERE c.workspace_id = %s AND c.erased_at > %s
      AND NOT EXISTS (SELECT FROM contacts_merge m WHERE m.absorbed_id = c.id AND m.undone_at IS NULL)
"""


@receiver(database_restored)
def erase_again(restore: Restore, **_: Any) -> None:
    """Erases the people whose data was erased after the backup was made."""
    for content in restore.erasures:
        replay_erasure_list(content=content, made_at=restore.made_at)
    if restore.previous is None:
        return
    for workspace in Workspace.objects.filter(pk__in=restore.shops):
        log = restore.previous.execute(_LOG, [workspace.pk]).fetchall()
        people = restore.previous.execute(_PEOPLE, [workspace.pk, restore.made_at]).fetchall()
        replay_erasures(workspace=workspace, made_at=restore.made_at, log=log, people=people)
