"""A broadcast on its way: schedule, freeze, pause, resume, cancel, finish."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries import audience_sql, finish_of, hours_of, waiting_on
from wabolt.broadcasts.rules import ENOUGH_REFUSALS, REFUSED_FOR_ALL, expiry, is_too_late, may_become
from wabolt.broadcasts.services.common import ORIGIN
from wabolt.broadcasts.services.common import locked as lock
from wabolt.broadcasts.services.composing import content_of
from wabolt.commerce.services import issue_vouchers
from wabolt.lib import clock, jobs
from wabolt.lib.errors import DomainError
from wabolt.messaging.models import Message, PausedOrigin
from wabolt.messaging.queries import reason_words
from wabolt.messaging.rules import EXPIRED
from wabolt.messaging.services import cancel_queued, limit_content, pause_origin, queue_from_select, resume_origin
from wabolt.segments.queries import compile_segment
from wabolt.segments.rules import SegmentError, from_json

State = Broadcast.State
GIVEN_UP_AFTER = timedelta(minutes=2)
"""After this long in preparation a broadcast's job is queued again; where it still waits, that does nothing."""

# Held out by a hash of broadcast and contact: the choice is as good as random, and the same however often it is made.
FREEZE = """
INSERT INTO broadcasts_recipient (broadcast_id, contact_id, outcome, reason)
SELECT %(broadcast)s, contact_id,
       CASE WHEN reason <> '' THEN 'suppressed'
            WHEN %(holdout)s > 0
             AND mod(hashint8extended(contact_id, %(broadcast)s) & 9223372036854775807, 100) < %(holdout)s
            THEN 'held_out'
            ELSE 'queued' END,
       reason
  FROM ({audience}) AS audience
"""
CHOSEN = """
SELECT r.contact_id
  FROM broadcasts_recipient r WHERE r.broadcast_id = %(s_broadcast)s AND r.outcome = 'queued'
"""
CHOSEN_WITH_VARIABLES = """
SELECT r.contact_id, CASE WHEN v.code IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('voucher', jsonb_build_object(
         'code', v.code, 'percent', v.percent, 'until', (v.valid_until AT TIME ZONE %(s_timezone)s)::date)) END
       || CASE WHEN %(s_strangers)s THEN '{"to_strangers": true}'::jsonb ELSE '{}'::jsonb END
  FROM broadcasts_recipient r
  LEFT JOIN commerce_voucher v
    ON v.origin_kind = 'broadcast' AND v.origin_id = r.broadcast_id AND v.contact_id = r.contact_id
 WHERE r.broadcast_id = %(s_broadcast)s AND r.outcome = 'queued'
"""


@transaction.atomic
def schedule(*, broadcast: Broadcast, at: datetime) -> Broadcast:
    """Lets the broadcast start by itself at `at` (aware). Raises DomainError for a moment that is over, or as `start`
    does."""
    _ready(lock(broadcast))
    if at <= clock.now():
        raise DomainError(_("That moment has already passed. Choose a later one."), code="past", field="scheduled_at")
    locked = _move(broadcast, State.SCHEDULED, scheduled_at=at)
    jobs.defer("broadcasts.start_scheduled", at=at, broadcast_id=locked.pk, scheduled_at=at.isoformat())
    return locked


@transaction.atomic
def unschedule(*, broadcast: Broadcast) -> Broadcast:
    """Makes a scheduled broadcast a draft again, to be changed. Raises DomainError for any other."""
    return _move(broadcast, State.DRAFT, only=State.SCHEDULED, scheduled_at=None)


@transaction.atomic
def start(*, broadcast: Broadcast) -> Broadcast:
    """Hands the broadcast to a worker that freezes its audience and starts sending. Starting twice starts once.

    Raises DomainError "no_segment" for a draft whose segment was deleted, "no_channel" when its number was archived.
    """
    locked = lock(broadcast)
    if locked.state in {State.FREEZING, State.RUNNING}:
        return locked
    _ready(locked)
    locked = _move(locked, State.FREEZING, started_at=clock.now(), problem="")
    jobs.defer("broadcasts.freeze", broadcast_id=locked.pk, once=f"freeze-{locked.pk}")
    return locked


@transaction.atomic
def start_if_due(*, broadcast_id: int, scheduled_at: datetime) -> None:
    """Starts the broadcast if it still waits for exactly this moment; a changed plan has a job of its own. One that
    comes far too late (the machine was off for days) is paused instead, and its page says why."""
    waiting = Broadcast.objects.select_for_update(of=("self",)).select_related("workspace", "channel")
    found = waiting.filter(pk=broadcast_id, state=State.SCHEDULED, scheduled_at=scheduled_at).first()
    if found is None:
        return
    with override(found.workspace.language):
        if is_too_late(scheduled_at, clock.now(), hours_of(found)):
            _hold_late(found)
            return
        try:
            start(broadcast=found)
        except DomainError as error:
            _back_to_draft(found, error)


def start_due() -> int:
    """Starts what is due and has not started: its job was lost (a restored backup, a killed worker, a job deleted by
    hand) or waits behind others. Where the job comes after all, it finds nothing to do. Returns how many were due."""
    due = Broadcast.objects.filter(state=State.SCHEDULED, scheduled_at__lte=clock.now()).order_by("scheduled_at", "pk")
    found = list(due.values_list("pk", "scheduled_at"))
    for broadcast_id, scheduled_at in found:
        if scheduled_at is not None:
            start_if_due(broadcast_id=broadcast_id, scheduled_at=scheduled_at)
    return len(found)


def _hold_late(broadcast: Broadcast) -> None:
    why = _("WABolt was not running at that time, so nothing has gone out. Does it still fit? Then press Continue.")
    _move(broadcast, State.PAUSED, problem=str(why))
    pause_origin(workspace=broadcast.workspace, origin_kind=ORIGIN, origin_id=broadcast.pk)


@transaction.atomic
def freeze(*, broadcast_id: int) -> Broadcast:
    """Stores who is in the audience and why others are not, makes vouchers, queues the messages: all of it or nothing.

    A worker that dies here leaves the broadcast preparing; the job comes again and starts from the beginning.
    """
    broadcast = Broadcast.objects.select_for_update(of=("self",)).select_related(
        "workspace", "channel", "segment", "template"
    )
    locked = broadcast.get(pk=broadcast_id)
    if locked.state != State.FREEZING:
        return locked
    workspace, now = locked.workspace, clock.now()
    if locked.segment:
        locked.segment_tree = locked.segment.tree
    try:
        _ready(locked)
        compile_segment(workspace, from_json(locked.segment_tree), now)
        locked.content = content_of(locked)
    except (DomainError, SegmentError) as error:
        return _back_to_draft(locked, error)
    audience, params = audience_sql(locked, now)
    with connection.cursor() as cursor:
        cursor.execute(
            FREEZE.format(audience=audience), {**params, "broadcast": locked.pk, "holdout": locked.holdout_percent}
        )
        locked.planned = cursor.rowcount
    locked.expires_at = _limit(locked)
    chosen = {"s_broadcast": locked.pk, "s_timezone": workspace.timezone, "s_strangers": locked.to_strangers}
    if locked.voucher_percent:
        issue_vouchers(
            workspace=workspace, origin_kind=ORIGIN, origin_id=locked.pk, percent=locked.voucher_percent,
            valid_until=now + timedelta(days=locked.voucher_days), select=CHOSEN, params=chosen,
        )  # fmt: skip
    queue_from_select(
        workspace=workspace, channel=locked.channel, purpose=Message.Purpose.MARKETING, origin_kind=ORIGIN,
        origin_id=locked.pk, content=locked.content, select_sql=CHOSEN_WITH_VARIABLES, params=chosen,
    )  # fmt: skip
    locked.state = State.RUNNING
    locked.save()
    return locked


def _limit(broadcast: Broadcast) -> datetime:
    """Tells the content of a frozen audience, before its messages are queued, when it expires; returns that."""
    assert broadcast.content is not None
    waits = waiting_on(broadcast.channel) + broadcast.recipients.filter(outcome="queued").count()
    now = clock.now()
    until = now + timedelta(days=broadcast.voucher_days) if broadcast.voucher_percent else None
    # Hours count from when its owner let it go, however long the preparation took.
    start = (broadcast.started_at or now) if broadcast.expires_hours else now
    expires_at = expiry(start, broadcast.expires_hours, finish_of(broadcast, waits), until)
    limit_content(content=broadcast.content, expires_at=expires_at)
    return expires_at


def revive_frozen() -> int:
    """Starts the preparation of broadcasts again whose job was given up (a full disk, a database away too long); how
    many. A broadcast that is just being prepared waits behind its own row and is left as it is then."""
    late = Broadcast.objects.filter(state=State.FREEZING, started_at__lt=clock.now() - GIVEN_UP_AFTER)
    ids = list(late.values_list("pk", flat=True))
    for broadcast_id in ids:
        jobs.defer("broadcasts.freeze", broadcast_id=broadcast_id, once=f"freeze-{broadcast_id}")
    return len(ids)


@transaction.atomic
def pause(*, broadcast: Broadcast) -> Broadcast:
    """Stops sending before the next batch; a scheduled broadcast does not start while it is paused."""
    locked = _move(broadcast, State.PAUSED)
    pause_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    return locked


@transaction.atomic
def resume(*, broadcast: Broadcast) -> Broadcast:
    """Goes on with what is still queued; one that had not begun waits for its moment again, or begins."""
    locked = lock(broadcast)
    if locked.content_id is None:
        resume_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
        if locked.scheduled_at and locked.scheduled_at > clock.now():
            return schedule(broadcast=locked, at=locked.scheduled_at)
        return start(broadcast=locked)
    locked = _move(locked, State.RUNNING, problem="", resumed_at=clock.now())
    resume_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    return locked


@transaction.atomic
def cancel(*, broadcast: Broadcast) -> Broadcast:
    """Ends the broadcast; what has not been attempted will not be, nor what a vendor gives back from now on."""
    locked = _move(broadcast, State.CANCELLED, finished_at=clock.now())
    pause_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    cancel_queued(workspace=locked.workspace, origin=(ORIGIN, locked.pk), reason="broadcast_cancelled")
    return locked


def complete_finished() -> int:
    """Closes every running broadcast that has nothing left to send; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE broadcasts_broadcast b SET state = 'completed', finished_at = %(now)s WHERE b.state = 'running'"
            " AND NOT EXISTS (SELECT FROM messaging_message m WHERE m.origin_kind = 'broadcast' AND m.origin_id = b.id"
            " AND m.state IN ('queued', 'sending'))",
            {"now": clock.now()},
        )
        return int(cursor.rowcount)


def end_expired() -> int:
    """Ends what still waits of broadcasts whose time is over, also of paused ones and where no lane works that would
    see it; returns how many broadcasts that were."""
    over = Broadcast.objects.filter(state__in=(State.RUNNING, State.PAUSED), expires_at__lte=clock.now())
    ids = list(over.order_by("pk").values_list("pk", flat=True))
    for broadcast_id in ids:
        with transaction.atomic():
            locked = Broadcast.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=broadcast_id)
            if locked.state not in {State.RUNNING, State.PAUSED}:
                continue
            cancel_queued(workspace=locked.workspace, origin=(ORIGIN, locked.pk), reason=EXPIRED)
            if locked.state == State.PAUSED:
                _move(locked, State.COMPLETED, finished_at=clock.now())
                resume_origin(workspace=locked.workspace, origin_kind=ORIGIN, origin_id=locked.pk)
    return len(ids)


_REFUSED = """
    SELECT b.id, r.reason FROM broadcasts_broadcast b
      JOIN LATERAL (
           SELECT min(m.reason) AS reason, count(*) AS times FROM (
                  SELECT m.reason FROM messaging_message m
                   WHERE m.origin_kind = 'broadcast' AND m.origin_id = b.id AND m.state = 'failed'
                     AND m.reason = ANY(%(reasons)s) AND m.attempted_at >= coalesce(b.resumed_at, b.started_at)
                   LIMIT %(enough)s) m
           ) r ON r.times >= %(enough)s
     WHERE b.state = 'running'
"""


def hold_refused() -> int:
    """Pauses broadcasts whose message the vendor refuses whoever it is for, before everybody's turn is used up on it;
    returns how many. Their pages say why, and whoever lets one go on gives it another chance."""
    with connection.cursor() as cursor:
        cursor.execute(_REFUSED, {"reasons": sorted(REFUSED_FOR_ALL), "enough": ENOUGH_REFUSALS})
        found = cursor.fetchall()
    for broadcast_id, reason in found:
        with transaction.atomic():
            broadcast = Broadcast.objects.select_related("workspace").get(pk=broadcast_id)
            with override(broadcast.workspace.language):
                why = _("%(reason)s. Put that right, then press Continue; the rest waits.")
                problem = str(why) % {"reason": capfirst(reason_words(reason))}
            _move(broadcast, State.PAUSED, only=State.RUNNING, problem=problem[:300])
            pause_origin(workspace=broadcast.workspace, origin_kind=ORIGIN, origin_id=broadcast_id)
    return len(found)


RETURNS_FOR = timedelta(days=7)
"""How long after its end a broadcast may still get a message back that its vendor held back."""


def mind_returned() -> int:
    """Looks after messages that came back into the queue of a broadcast that had ended: a vendor took them and told
    later to try once more, or answered "later" while somebody cancelled. What was cancelled stays cancelled, what was
    completed runs again; returns how many broadcasts were looked after."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.id, b.state FROM broadcasts_broadcast b"
            " WHERE b.state IN ('completed', 'cancelled') AND b.finished_at > %(since)s"
            " AND EXISTS (SELECT FROM messaging_message m WHERE m.origin_kind = 'broadcast' AND m.origin_id = b.id"
            " AND m.state = 'queued')",
            {"since": clock.now() - RETURNS_FOR},
        )
        found = cursor.fetchall()
    again = [pk for pk, state in found if state == State.COMPLETED]
    Broadcast.objects.filter(pk__in=again, state=State.COMPLETED).update(state=State.RUNNING, finished_at=None)
    stopped = [pk for pk, state in found if state == State.CANCELLED]
    for broadcast in Broadcast.objects.filter(pk__in=stopped).select_related("workspace"):
        cancel_queued(workspace=broadcast.workspace, origin=(ORIGIN, broadcast.pk), reason="broadcast_cancelled")
    _let_go_of_cancelled()
    return len(found)


def _let_go_of_cancelled() -> None:
    """Forgets the hold on what a cancelled broadcast might have got back, once nothing can come any more."""
    held = PausedOrigin.objects.filter(origin_kind=ORIGIN).values("origin_id")
    over = Broadcast.objects.filter(state=State.CANCELLED, finished_at__lte=clock.now() - RETURNS_FOR, pk__in=held)
    for broadcast in over.select_related("workspace"):
        resume_origin(workspace=broadcast.workspace, origin_kind=ORIGIN, origin_id=broadcast.pk)


def after_restore() -> None:
    """A restored backup must not go on sending by itself: what ran or waited is paused for a person to decide."""
    begun = (State.RUNNING, State.FREEZING, State.SCHEDULED)
    for broadcast in Broadcast.objects.filter(state__in=begun).select_related("workspace"):
        with transaction.atomic():
            pause_origin(workspace=broadcast.workspace, origin_kind=ORIGIN, origin_id=broadcast.pk)
            Broadcast.objects.filter(pk=broadcast.pk).update(state=State.PAUSED)


def _ready(broadcast: Broadcast) -> None:
    """Raises DomainError when the broadcast lacks what it was written for."""
    if broadcast.state == State.DRAFT and broadcast.segment_id is None:
        raise DomainError(_("The segment of this broadcast no longer exists. Choose another."), code="no_segment")
    if broadcast.channel.archived_at is not None:
        raise DomainError(_("The number of this broadcast is no longer in use. Choose another."), code="no_channel")


def _back_to_draft(broadcast: Broadcast, error: Exception) -> Broadcast:
    """What could not start waits for its owner, and says why."""
    return _move(broadcast, State.DRAFT, started_at=None, scheduled_at=None, problem=str(error)[:300])


def _move(broadcast: Broadcast, state: str, *, only: str = "", **changes: object) -> Broadcast:
    locked = lock(broadcast)
    if not may_become(locked.state, state) or (only and locked.state != only):
        raise DomainError(
            _("That is not possible any more: the broadcast is now “%(state)s”.")
            % {"state": locked.get_state_display()},
            code="wrong_state",
        )
    locked.state = state
    for field, value in changes.items():
        setattr(locked, field, value)
    locked.save()
    return locked
