"""Makes voucher codes, each for one contact."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.lib.random_codes import ALPHABET

# The last character is one of the 8 digits, so that no code looks like a word.
VOUCHERS = """
INSERT INTO commerce_voucher
       (workspace_id, contact_id, code, percent, valid_until, origin_kind, origin_id, created_at)
SELECT %(workspace)s, chosen.contact_id,
       (SELECT string_agg(substr(%(alphabet)s,
                                 1 + get_byte(u.bytes, i) %% CASE i WHEN 9 THEN 8 ELSE 31 END, 1), '' ORDER BY i)
          FROM unnest(ARRAY[0, 1, 2, 3, 4, 5, 7, 9]) AS i),
       %(percent)s, %(valid_until)s, %(origin_kind)s, %(origin_id)s, now()
  FROM ({select}) AS chosen (contact_id)
 CROSS JOIN LATERAL (SELECT uuid_send(gen_random_uuid()) AS bytes WHERE chosen.contact_id IS NOT NULL) AS u
ON CONFLICT DO NOTHING
"""


@transaction.atomic
def issue_vouchers(
    *,
    workspace: Workspace,
    origin: tuple[str, int],
    percent: int,
    valid_until: datetime,
    select: str,
    params: Mapping[str, Any],
) -> int:
    """Makes one code for each contact id that the SQL `select` (with named `params`) returns. Returns how many.

    `origin`: what the codes are sent with, such as ("broadcast", 5).

    A second call for the same origin makes codes only for contacts without one. `select` must come from code, never
    from user input.
    """
    values: dict[str, Any] = {
        **params, "workspace": workspace.pk, "percent": percent, "valid_until": valid_until,
        "origin_kind": origin[0], "origin_id": origin[1], "alphabet": ALPHABET,
    }  # fmt: skip
    missing = (
        f"SELECT s.contact_id FROM ({select}) AS s (contact_id) WHERE NOT EXISTS (SELECT FROM commerce_voucher v"
        " WHERE v.origin_kind = %(origin_kind)s AND v.origin_id = %(origin_id)s AND v.contact_id = s.contact_id)"
    )
    issued = 0
    with connection.cursor() as cursor:
        # A collision leaves its contact without a code. The next round makes another one.
        while True:
            cursor.execute(VOUCHERS.format(select=missing), values)
            if not cursor.rowcount:
                return issued
            issued += cursor.rowcount
