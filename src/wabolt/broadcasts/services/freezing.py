"""Freezing the audience of a broadcast and queueing its messages."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils.translation import override

from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import HELD_OUT, audience_sql, finish_of, hours_of, waiting_on
from wabolt.broadcasts.rules import expiry, is_too_late
from wabolt.broadcasts.services.common import ORIGIN, audience_changed, back_to_draft, check_ready, pause_late
from wabolt.broadcasts.services.composing import content_of
from wabolt.commerce.services import issue_vouchers
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.quiet_hours import quiet_until
from wabolt.messaging.models import Message
from wabolt.messaging.services import Draft, limit_content, queue_from_select
from wabolt.segments.queries import SegmentError, compile_segment, from_json

State = Broadcast.State


FREEZE = f"""
INSERT INTO broadcasts_recipient (broadcast_id, contact_id, outcome, reason)
SELECT %(broadcast)s, contact_id,
       CASE WHEN reason <> '' THEN 'suppressed'
            WHEN {HELD_OUT} THEN 'held_out'
            ELSE 'queued' END,
       reason
  FROM ({{audience}}) AS audience
"""
CHOSEN = """
SELECT r.contact_id
  FROM broadcasts_recipient r WHERE r.broadcast_id = %(s_broadcast)s AND r.outcome = 'queued'
"""
CHOSEN_WITH_VARIABLES = """
SELECT r.contact_id, CASE WHEN v.code IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('voucher', jsonb_build_object(
         'code', v.code, 'percent', v.percent, 'until', (v.valid_until AT TIME ZONE %(s_timezone)s)::date)) END
  FROM broadcasts_recipient r
  LEFT JOIN commerce_voucher v
    ON v.origin_kind = 'broadcast' AND v.origin_id = r.broadcast_id AND v.contact_id = r.contact_id
 WHERE r.broadcast_id = %(s_broadcast)s AND r.outcome = 'queued'
"""


@transaction.atomic
def freeze(*, broadcast_id: int) -> Broadcast:
    """Stores the audience with its exclusion reasons, issues vouchers and queues the messages, in one transaction.

    A worker that dies here leaves the broadcast in preparation; the job runs again from the beginning. A broadcast that
    can only start far too late asks its owner first.
    """
    broadcast = Broadcast.objects.select_for_update(of=("self",)).select_related(
        "workspace", "channel", "segment", "template"
    )
    locked = broadcast.get(pk=broadcast_id)
    if locked.state != State.FREEZING:
        return locked
    workspace, now = locked.workspace, clock.now()
    if locked.started_at and is_too_late(locked.started_at, now, hours_of(locked)):
        with override(workspace.language):
            return pause_late(locked)
    if locked.segment:
        locked.segment_tree = locked.segment.tree
    with override(workspace.language):  # errors are stored in the owner's language
        try:
            check_ready(locked)
            compile_segment(workspace, from_json(locked.segment_tree), now)
            locked.content = content_of(locked)
        except (DomainError, SegmentError) as error:
            return back_to_draft(locked, error)
    audience, params = audience_sql(locked, now)
    with connection.cursor() as cursor:
        cursor.execute(FREEZE.format(audience=audience), params)
        locked.planned = cursor.rowcount
    if (changed := _draft_if_audience_changed(locked)) is not None:
        return changed
    _limit(locked)
    chosen = {"s_broadcast": locked.pk, "s_timezone": workspace.timezone}
    if locked.voucher_percent:
        issue_vouchers(
            workspace=workspace,
            origin=(ORIGIN, locked.pk),
            percent=locked.voucher_percent,
            valid_until=now + timedelta(days=locked.voucher_days),
            select=CHOSEN,
            params=chosen,
        )
    draft = Draft(
        purpose=Message.Purpose.MARKETING, origin_kind=ORIGIN, origin_id=locked.pk, content=locked.content,
        to_strangers=locked.to_strangers,
    )  # fmt: skip
    queue_from_select(
        workspace=workspace, channel=locked.channel, draft=draft, select_sql=CHOSEN_WITH_VARIABLES, params=chosen
    )
    locked.state = State.RUNNING
    locked.save()
    return locked


def _draft_if_audience_changed(broadcast: Broadcast) -> Broadcast | None:
    """Makes a broadcast a draft again if its audience differs from the number on the button that started it. Returns
    it; None if the numbers agree."""
    count = broadcast.recipients.filter(outcome="queued").count()
    if broadcast.promised is None or broadcast.promised == count:
        return None
    broadcast.recipients.all().delete()
    with override(broadcast.workspace.language):
        return back_to_draft(broadcast, audience_changed(broadcast.promised, count))


def _limit(broadcast: Broadcast) -> None:
    """Stores the expiry in the content of a frozen audience, before its messages are queued."""
    assert broadcast.content is not None
    waits = waiting_on(broadcast.channel) + broadcast.recipients.filter(outcome="queued").count()
    now = clock.now()
    until = now + timedelta(days=broadcast.voucher_days) if broadcast.voucher_percent else None
    # Hours count from the owner's start, however long the preparation took; at night, from the morning.
    begun = broadcast.started_at or now
    start = quiet_until(hours_of(broadcast), begun) or begun
    expires_at = expiry(start, broadcast.expires_hours, finish_of(broadcast, waits), until)
    limit_content(content=broadcast.content, expires_at=expires_at)
