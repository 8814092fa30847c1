"""WhatsApp's answers about phone numbers, stored with the number."""

from collections.abc import Mapping

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.lib import clock


def note_on_whatsapp(*, workspace: Workspace, answers: Mapping[str, bool | None]) -> int:
    """Stores WhatsApp's answers for phone numbers (E.164): True, False, or None for no answer. Numbers without a
    contact are ignored. Returns the number of stored answers."""
    if not answers:
        return 0
    with connection.cursor() as cursor:
        # All writers of many identities lock in the order of ids, so that two gateways do not deadlock.
        cursor.execute(
            """
            WITH theirs AS (
                SELECT i.id, v.is_on FROM contacts_identity i
                  JOIN unnest(%(phones)s::text[], %(answers)s::boolean[]) AS v (phone, is_on) ON i.value = v.phone
                 WHERE i.workspace_id = %(workspace)s AND i.kind = 'phone' ORDER BY i.id FOR UPDATE OF i)
            UPDATE contacts_identity i SET on_whatsapp = theirs.is_on, checked_at = %(now)s
              FROM theirs WHERE i.id = theirs.id
            """,
            {
                "workspace": workspace.pk,
                "phones": list(answers),
                "answers": list(answers.values()),
                "now": clock.now(),
            },
        )
        count: int = cursor.rowcount
    return count
