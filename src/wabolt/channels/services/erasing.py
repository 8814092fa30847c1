"""Removes what numbers and their providers keep about people whose data is erased."""

import re
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.channels.providers.linked import erasing as linked
from wabolt.channels.providers.simulator import erasing as simulator
from wabolt.lib import clock

# A number or LID is found as a run of digits, also inside an address such as 62812...@s.whatsapp.net.
_EVENTS = r"""
UPDATE channels_rawevent e
SET payload = '{}', error = '', processed_at = coalesce(e.processed_at, %(now)s)
FROM channels_channel c
WHERE c.id = e.channel_id AND c.workspace_id = %(workspace)s
  AND (e.payload::text LIKE ANY(%(words)s) OR EXISTS (
    SELECT FROM regexp_matches(e.payload::text || ' ' || e.error, '\d{6,}', 'g') AS run
    WHERE run[1] = ANY(%(digits)s)))
"""


@transaction.atomic
def forget_people(*, workspace: Workspace, addresses: Iterable[tuple[str, str]]) -> None:
    """Empties or deletes every row of this room, and of the library of linked numbers, that names one of these
    addresses (kind, value)."""
    pairs = list(addresses)
    phones = [value for kind, value in pairs if kind == "phone"]
    lids = [value for kind, value in pairs if kind == "lid"]
    digits = [run for value in (*phones, *lids) for run in re.findall(r"\d{6,}", value)]
    words = [f'%"{value}"%' for kind, value in pairs if kind in {"bsuid", "username"}]
    channels = Channel.objects.filter(workspace=workspace)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"workspace": workspace.pk, "now": clock.now(), "digits": digits, "words": words}
        cursor.execute(_EVENTS, values)
    simulator.forget_people(channels, phones, digits)
    linked.forget_people(channels, phones, lids, digits)
