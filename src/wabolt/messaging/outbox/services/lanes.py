"""Pausing and resuming lanes and origins."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, override

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.channels.services import audit_channel, open_pause_alert, resolve_pause_alert
from wabolt.lib import clock
from wabolt.messaging.outbox.models import Lane, PausedOrigin
from wabolt.messaging.outbox.services.in_flight import DeadAttempts, settle_in_flight
from wabolt.messaging.outbox.services.notify import wake_lane


@transaction.atomic
def pause_lane(
    *,
    channel: Channel,
    reason: str,
    resume_at: datetime | None = None,
    is_warning: bool = False,
    by: User | None = None,
) -> Lane:
    """Pauses a channel's lane after the batch in progress, replies included; until `resume_at` if given.

    `is_warning`: the vendor caused the pause, and members hear of it through an alert. `by`: the member who paused it;
    None: the system. Both are recorded in the audit log.
    """
    Lane.objects.get_or_create(channel=channel)
    lane = Lane.objects.select_for_update().get(channel=channel)
    lane.paused_at, lane.paused_reason, lane.resume_at = lane.paused_at or clock.now(), reason, resume_at
    lane.save(update_fields=["paused_at", "paused_reason", "resume_at"])
    open_pause_alert(channel, reason, resume_at, is_warning=is_warning)
    audit_channel(channel, by, "channel.pause", {"reason": reason})
    return lane


_HOLDS: dict[str, str | Promise] = {
    "reach_out_locked": gettext_lazy("WhatsApp limits messages to new people"),
    "banned": gettext_lazy("WhatsApp has blocked this number for a while"),
}


@transaction.atomic
def pause_for_warning(*, channel: Channel, code: str, until: datetime) -> Lane:
    """Pauses a lane because the vendor warned the number (`code`: "reach_out_locked", "banned"). The pause ends at
    `until`, or when a member resumes the lane. A pause by a member, or a longer one, stays."""
    Lane.objects.get_or_create(channel=channel)
    lane = Lane.objects.select_for_update().get(channel=channel)
    if lane.paused_at is not None and (lane.resume_at is None or lane.resume_at >= until):
        return lane
    with override(channel.workspace.language):
        reason = str(_HOLDS.get(code, code))
    return pause_lane(channel=channel, reason=reason[:60], resume_at=until, is_warning=True)


@transaction.atomic
def resume_lane(*, channel: Channel, by: User | None = None) -> Lane:
    """Resumes a paused lane; does nothing on one that is not paused."""
    Lane.objects.get_or_create(channel=channel)
    lane = Lane.objects.select_for_update().get(channel=channel)
    if lane.paused_at is not None:
        lane.paused_at, lane.paused_reason, lane.resume_at = None, "", None
        lane.save(update_fields=["paused_at", "paused_reason", "resume_at"])
        end_pause(channel=channel, by=by)
    wake_lane(channel.pk)
    return lane


def end_pause(*, channel: Channel, by: User | None = None) -> None:
    """Resolves the alert about a pause that has ended and records the end, in the caller's transaction. `by`: None if
    the pause ended at its time."""
    resolve_pause_alert(channel)
    audit_channel(channel, by, "channel.resume", {})


@transaction.atomic
def pause_origin(*, workspace: Workspace, origin_kind: str, origin_id: int) -> None:
    """Pauses the messages of an origin, queued ones and later ones, after the batch in progress."""
    PausedOrigin.objects.get_or_create(origin_kind=origin_kind, origin_id=origin_id, defaults={"workspace": workspace})


@transaction.atomic
def resume_origin(*, workspace: Workspace, origin_kind: str, origin_id: int) -> None:
    """Resumes an origin; does nothing if it is not paused."""
    PausedOrigin.objects.filter(workspace=workspace, origin_kind=origin_kind, origin_id=origin_id).delete()
    for channel_id in Channel.objects.filter(workspace=workspace, archived_at=None).values_list("pk", flat=True):
        wake_lane(channel_id)


# Two selects, because each matches one partial index: this runs every minute and must not scan the table.
_CANCEL = """
    WITH waiting AS MATERIALIZED (
        SELECT id FROM messaging_message
         WHERE channel_id = ANY(%(channels)s) AND state = 'queued' AND not_before IS NULL
         UNION ALL
        SELECT id FROM messaging_message
         WHERE channel_id = ANY(%(channels)s) AND state = 'queued' AND not_before IS NOT NULL
    ), due AS (
        SELECT m.id FROM messaging_message m JOIN waiting w ON w.id = m.id
         WHERE m.state = 'queued' ORDER BY m.id FOR UPDATE OF m)
    UPDATE messaging_message m SET state = 'cancelled', reason = 'channel_unavailable' FROM due WHERE m.id = due.id
"""
LONGEST_ATTEMPT = timedelta(minutes=10)
"""An older attempt belongs to a gateway that has died: no provider takes longer to answer."""


@transaction.atomic
def clear_archived(*, channel_ids: Sequence[int] | None = None) -> int:
    """Ends the messages that are left in the lanes of archived channels (of these or of all), because no gateway works
    them. Queued messages are cancelled. Messages in flight of a dead gateway become `unknown`. Returns how many."""
    archived = Channel.objects.filter(archived_at__isnull=False)
    if channel_ids is not None:
        archived = archived.filter(pk__in=channel_ids)
    ids = list(archived.values_list("pk", flat=True))
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL, {"channels": ids})
        cancelled = cursor.rowcount
    silent_since = clock.now() - LONGEST_ATTEMPT
    lanes = Lane.objects.filter(pk__in=ids).values_list("pk", "token", "holder")
    dead = [DeadAttempts(pk, token + 1, silent_since if holder else None) for pk, token, holder in lanes]
    return int(cancelled) + settle_in_flight(dead)
