"""Letting people into a journey."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User
from wabolt.consent.queries import UNPROFILED_SQL
from wabolt.journeys.models import Journey
from wabolt.journeys.queries.facts import newest_event
from wabolt.journeys.queries.plans import published
from wabolt.journeys.registry import profiles, trigger_kind
from wabolt.journeys.rules.plan import entry_moment
from wabolt.journeys.services.drafting import audit
from wabolt.lib import clock
from wabolt.lib.advisory import lock_until_commit
from wabolt.lib.errors import DomainError
from wabolt.lib.sql import statement
from wabolt.segments.queries import BrokenSegment, SegmentError, compile_segment, tree_from_text

_ENROLL = statement(__file__, "enroll")
_GIVEN = """
SELECT * FROM unnest(%(t_contacts)s::bigint[], %(t_keys)s::text[], %(t_moments)s::timestamptz[],
                     %(t_contexts)s::jsonb[], %(t_after)s::bigint[])
"""
_OF_SEGMENT = "SELECT id, %(t_key)s, %(t_moment)s::timestamptz, '{{}}'::jsonb, %(t_after)s::bigint FROM ({segment}) s"

_ONLY = """
SELECT a.* FROM ({select}) AS a (contact_id, entry_key, moment, context, after)
 WHERE EXISTS (SELECT FROM ({condition}) AS o WHERE o.id = a.contact_id)
"""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A person who may enter. `entry_key`: the occasion. `moment`: from when the journey counts; None: now. `after`: id
    of the event that lets the person in; None: the newest one."""

    contact_id: int
    entry_key: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    moment: datetime | None = None
    after: int | None = None


@transaction.atomic
def enroll(*, journey: Journey, entrants: Sequence[Entrant]) -> int:
    """Lets people in whom the entry rule of the journey allows; returns how many. Those of the comparison group are
    counted too: they are held out.

    Unknown and erased contacts are left out. A paused journey lets people in, and they wait there with the others.
    Raises DomainError "not_published" for a draft or an archived journey.
    """
    if not entrants:
        return 0
    begin, newest = _begin(journey), newest_event()
    values = {
        "t_contacts": [one.contact_id for one in entrants],
        "t_keys": [one.entry_key for one in entrants],
        "t_moments": [one.moment or begin for one in entrants],
        "t_contexts": [json.dumps(dict(one.context)) for one in entrants],
        "t_after": [newest if one.after is None else one.after for one in entrants],
    }
    return enroll_select(journey=journey, select=_GIVEN, values=values)


@transaction.atomic
def enroll_segment(*, journey: Journey, text: str, entry_key: str = "", by: User | None = None) -> int:
    """Lets the contacts in for whom a segment text is true; returns how many. Raises as `enroll`, and
    segments.queries.SegmentError or BrokenSegment."""
    segment = compile_segment(journey.workspace, tree_from_text(journey.workspace, text), clock.now())
    sql, params = segment.named("t_segment_")
    values = {**params, "t_key": entry_key, "t_moment": _begin(journey), "t_after": newest_event()}
    count = enroll_select(journey=journey, select=_OF_SEGMENT.format(segment=sql), values=values)
    audit(journey, "journey.enroll", by, count=count)
    return count


def enroll_select(*, journey: Journey, select: str, values: Mapping[str, Any]) -> int:
    """Lets the people of an SQL SELECT in, in the caller's transaction; returns how many. It yields (contact_id,
    entry_key, moment, context jsonb, event id); its parameters are named and begin with "t_"."""
    held = _hold(journey)
    version = published(held)
    now, entry = clock.now(), version.plan.definition.entry
    kind = trigger_kind(version.plan.definition.trigger.kind)
    assert version.plan.first is not None
    if entry.only:
        select, values = _restricted(held, entry.only, select, values)
    with connection.cursor() as cursor:
        # People enter one after another, so that the entry rule holds when two processes let the same person in.
        lock_until_commit(cursor, f"journeys.enroll:{held.pk}")
        cursor.execute(
            _ENROLL.format(select=select, unprofiled=UNPROFILED_SQL),
            {
                **values,
                "workspace": held.workspace_id,
                "journey": held.pk,
                "step": version.pks[version.plan.first],
                "holdout": held.holdout_percent,
                "reentry": entry.reentry,
                "once": kind is not None and kind.once,
                "profiles": profiles(version.plan.definition),
                "cooldown_from": now - timedelta(days=entry.cooldown_days),
                "has_cooldown": entry.cooldown_days > 0,
                "now": now,
                "today": now.astimezone(held.workspace.tz).date(),
            },
        )
        return int(cursor.rowcount)


def _restricted(journey: Journey, only: str, select: str, values: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The SELECT without the people for whom the condition `only` is false."""
    try:
        found = compile_segment(journey.workspace, tree_from_text(journey.workspace, only), clock.now(), first_few=True)
    except (SegmentError, BrokenSegment) as error:
        message = _("The condition for entering cannot be read: something in it no longer exists.")
        raise DomainError(message, code="bad_condition") from error
    sql, params = found.named("t_only_")
    return _ONLY.format(select=select, condition=sql), {**values, **params}


def _begin(journey: Journey) -> datetime:
    entry = published(_hold(journey)).plan.definition.entry
    return entry_moment(entry.entry_from, clock.now(), journey.workspace.tz)


def _hold(journey: Journey) -> Journey:
    """The journey as it is now, locked against edits until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM journeys_journey WHERE id = %s FOR SHARE", [journey.pk])
    held = Journey.objects.select_related("workspace").get(pk=journey.pk, workspace=journey.workspace_id)
    if held.state not in (Journey.State.ACTIVE, Journey.State.PAUSED):
        raise DomainError(_("Publish the journey first."), code="not_published")
    return held
