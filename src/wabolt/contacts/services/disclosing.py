"""Notes which addresses outside got data of a contact. An erasure tells them (room privacy)."""

from typing import Any

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.lib import clock

# An erasure locks the contact. A note waits for it and then finds an erased contact, or the erasure finds the note.
_NOTE = """
WITH person AS (
    SELECT id, workspace_id FROM contacts_contact
     WHERE id = %(contact)s AND workspace_id = %(workspace)s AND erased_at IS NULL FOR KEY SHARE)
INSERT INTO contacts_disclosure (workspace_id, contact_id, address, by, first_at, last_at)
SELECT workspace_id, id, %(address)s, %(by)s, %(now)s, %(now)s FROM person
ON CONFLICT (contact_id, md5(address)) DO UPDATE SET last_at = excluded.last_at
"""


def note_disclosure(*, workspace: Workspace, contact_id: int, address: str, by: str) -> bool:
    """Notes that `address` gets data of a contact. Call it before the data leaves.

    `by`: the `registry.Discloser` that sends. Returns False for a contact that is erased: nothing may leave then.
    """
    values: dict[str, Any] = {
        "workspace": workspace.pk,
        "contact": contact_id,
        "address": address,
        "by": by,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, values)
        return bool(cursor.rowcount)
