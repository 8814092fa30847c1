"""What WhatsApp says of phone numbers: kept with the number, so that it is asked once and everybody knows."""

from collections.abc import Mapping

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.lib import clock


def note_on_whatsapp(*, workspace: Workspace, answers: Mapping[str, bool | None]) -> int:
    """Keeps what WhatsApp answered for phone numbers (E.164): True, False, or None when it would not say. Numbers that
    are nobody's are passed over; answers how many were kept."""
    if not answers:
        return 0
    with connection.cursor() as cursor:
        # In order of id, as every writer of many identities: no deadlock between two gateways.
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
