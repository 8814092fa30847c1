"""Makes voucher codes, each for one contact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.commerce.models import Voucher
from wabolt.commerce.queries.vouchers import vouchers_by_key
from wabolt.lib import clock
from wabolt.lib.random_codes import ALPHABET

# The last character is one of the 8 digits, so that no code looks like a word.
VOUCHERS = """
INSERT INTO commerce_voucher
       (workspace_id, contact_id, code, percent, valid_until, origin_kind, origin_id, key, created_at)
SELECT %(workspace)s, chosen.contact_id,
       (SELECT string_agg(substr(%(alphabet)s,
                                 1 + get_byte(u.bytes, i) %% CASE i WHEN 9 THEN 8 ELSE 31 END, 1), '' ORDER BY i)
          FROM unnest(ARRAY[0, 1, 2, 3, 4, 5, 7, 9]) AS i),
       %(percent)s, %(valid_until)s, %(origin_kind)s, %(origin_id)s, {key}, %(now)s
  FROM ({select}) AS chosen
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
    """Makes one code for each contact id that the SQL `select` (with named `params`) returns. Returns their number.

    `origin`: kind and id of the sender, such as ("broadcast", 5).

    A second call for the same origin makes codes only for contacts without one. `select` must come from code, never
    from user input.
    """
    values: dict[str, Any] = {
        **params, "workspace": workspace.pk, "percent": percent, "valid_until": valid_until,
        "origin_kind": origin[0], "origin_id": origin[1], "now": clock.now(), "alphabet": ALPHABET,
    }  # fmt: skip
    missing = (
        f"SELECT s.contact_id FROM ({select}) AS s (contact_id) WHERE NOT EXISTS (SELECT FROM commerce_voucher v"
        " WHERE v.origin_kind = %(origin_kind)s AND v.origin_id = %(origin_id)s AND v.contact_id = s.contact_id"
        " AND v.key = '')"
    )
    return _make(VOUCHERS.format(select=missing, key="''"), values)


@dataclass(frozen=True, slots=True)
class VoucherCampaign:
    """The terms of vouchers. `origin`: kind and id of the sender, such as ("journey", 5), to which orders with
    these vouchers are attributed.
    `percent`: the discount. `days`: how long a code is valid, from the moment it is given."""

    origin: tuple[str, int]
    percent: int
    days: int


_GIFTS = """
SELECT g.contact_id, g.key FROM unnest(%(contacts)s::bigint[], %(keys)s::text[]) AS g (contact_id, key)
  JOIN contacts_contact p ON p.id = g.contact_id AND p.workspace_id = %(workspace)s AND p.erased_at IS NULL
 WHERE NOT EXISTS (SELECT FROM commerce_voucher v
                    WHERE v.workspace_id = %(workspace)s AND v.key = g.key AND v.key <> '')
"""


@transaction.atomic
def give_vouchers(*, workspace: Workspace, campaign: VoucherCampaign, gifts: Mapping[str, int]) -> dict[str, Voucher]:
    """Gives one voucher per entry of `gifts`. Returns {key: voucher}. Uses a fixed number of statements in the caller's
    transaction.

    `gifts`: {idempotency key: contact id}. A key, of at most 200 characters, names one gift, such as
    "journey:5:enrollment:81:step:gift:1". A second call with the same key makes no new code and returns the first one,
    even if it has expired. A contact who does not exist or was erased gets nothing and has no entry.
    """
    if not gifts:
        return {}
    now = clock.now()
    values: dict[str, Any] = {
        "workspace": workspace.pk, "percent": campaign.percent, "valid_until": now + timedelta(days=campaign.days),
        "origin_kind": campaign.origin[0], "origin_id": campaign.origin[1], "now": now, "alphabet": ALPHABET,
        "contacts": list(gifts.values()), "keys": list(gifts),
    }  # fmt: skip
    _make(VOUCHERS.format(select=_GIFTS, key="chosen.key"), values)
    return vouchers_by_key(workspace, list(gifts))


def _make(sql: str, values: Mapping[str, Any]) -> int:
    """Repeats the statement until it inserts no more codes. A contact whose random code collided gets another one in
    the next round. Returns the number of codes."""
    made = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(sql, values)
            if not cursor.rowcount:
                return made
            made += cursor.rowcount
