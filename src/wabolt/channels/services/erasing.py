"""Removes the data of numbers and their providers about erased people."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel, RawEvent
from wabolt.channels.providers.linked import erasing as linked
from wabolt.channels.providers.simulator import erasing as simulator
from wabolt.lib import clock
from wabolt.lib.phone_variants import variants

IsErased = Callable[[Iterable[tuple[str, str]]], set[tuple[str, str]]]
_RUNS = re.compile(r"(?<!\d)\d{6,20}(?!\d)")
# A number or LID is found as a run of digits, also inside an address such as 62812...@s.whatsapp.net, and in the bytes
# of an event that the program could not read.
_EVENTS = r"""
UPDATE channels_rawevent e
SET payload = '{}', error = '', processed_at = coalesce(e.processed_at, %(now)s)
FROM channels_channel c
WHERE """
_ABOUT = r"""c.id = e.channel_id AND c.workspace_id = %(workspace)s
  AND (e.payload::text LIKE ANY(%(words)s) OR EXISTS (
    SELECT FROM regexp_matches(e.payload::text || ' ' || e.error, '\d{6,}', 'g') AS run
    WHERE run[1] = ANY(%(digits)s))
    OR CASE e.kind WHEN 'unreadable' THEN EXISTS (
    SELECT FROM unnest(%(digits)s::text[]) AS number (digits)
    WHERE position(convert_to(digits, 'UTF8') IN decode(e.payload->>'bytes', 'base64')) > 0) END)
"""
_READ = f"""
SELECT e.kind, e.received_at, e.payload FROM channels_rawevent e JOIN channels_channel c ON true
WHERE {_ABOUT} ORDER BY e.id LIMIT 10000
"""


@transaction.atomic
def forget_people(*, workspace: Workspace, addresses: Iterable[tuple[str, str]]) -> None:
    """Empties or deletes the rows of this room and of the linked-number library that name one of these addresses.

    `addresses`: (kind, value) pairs. The national variants of a number count as the same address, and so do the LID and
    the number of one person.
    """
    pairs = list(addresses)
    phones, lids, values = _named(workspace, pairs)
    digits = values["digits"]
    phones, lids = [*phones, *(f"+{run}" for run in digits)], [*lids, *digits]
    channels = Channel.objects.filter(workspace=workspace)
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS + _ABOUT, values)
    simulator.forget_people(channels, phones, digits)
    linked.forget_people(channels, phones, lids, digits)


def events_about(*, workspace: Workspace, addresses: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Returns kind, time and payload of the raw events that name one of these addresses, as `forget_people` finds them.

    Returns at most 10,000 events, the oldest first.
    """
    pairs = list(addresses)
    if not pairs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_READ, _named(workspace, pairs)[2])
        return [
            {"kind": kind, "received_at": at.isoformat(), "payload": json.loads(payload)}
            for kind, at, payload in cursor.fetchall()
        ]


def _named(workspace: Workspace, pairs: Sequence[tuple[str, str]]) -> tuple[list[str], list[str], dict[str, Any]]:
    """Returns the numbers and the LIDs of these addresses, and the parameters of the statements on raw events."""
    phones = list(dict.fromkeys(way for kind, value in pairs if kind == "phone" for way in variants(value)))
    lids = [value for kind, value in pairs if kind == "lid"]
    digits = linked.aliases([run for value in (*phones, *lids) for run in re.findall(r"\d{6,}", value)])
    words = [f'%"{value}"%' for kind, value in pairs if kind in {"bsuid", "username"}]
    return phones, lids, {"workspace": workspace.pk, "now": clock.now(), "digits": digits, "words": words}


@transaction.atomic
def forget_in_events(*, channel: Channel, raw_ids: Sequence[int], is_erased: IsErased) -> list[int]:
    """Empties the raw events among `raw_ids` that name an erased person. Returns the ids of the emptied events.

    `is_erased`: returns those of the given addresses (kind, value) that belong to erased people. A vendor can
    report a receipt with the person's number after the erasure.
    """
    runs: dict[int, set[str]] = {
        raw.pk: set(_RUNS.findall(json.dumps(raw.payload)))
        for raw in RawEvent.objects.filter(channel=channel, pk__in=raw_ids)
    }
    every = {run for found in runs.values() for run in found}
    erased = {value.lstrip("+") for _kind, value in is_erased(_addresses(every))}
    named = [pk for pk, found in runs.items() if found & erased]
    RawEvent.objects.filter(pk__in=named).update(payload={}, error="")
    return named


def _addresses(runs: Iterable[str]) -> list[tuple[str, str]]:
    """Returns the addresses that these runs of digits may be."""
    return [pair for run in runs for pair in (("phone", f"+{run}"), ("lid", run))]
