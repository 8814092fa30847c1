"""Holding lanes and senders back, and letting them go."""

from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, override

from wabolt.accounts.models import Workspace
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.messaging.models import Lane, PausedOrigin
from wabolt.messaging.services.notify import wake_lane


@transaction.atomic
def pause_lane(*, channel: Channel, reason: str, resume_at: datetime | None = None) -> Lane:
    """Stops a channel's lane, replies included, after the batch that is under way; until `resume_at` when given."""
    Lane.objects.get_or_create(channel=channel)
    lane = Lane.objects.select_for_update().get(channel=channel)
    lane.paused_at, lane.paused_reason, lane.resume_at = lane.paused_at or clock.now(), reason, resume_at
    lane.save(update_fields=["paused_at", "paused_reason", "resume_at"])
    return lane


_HOLDS: dict[str, str | Promise] = {
    "reach_out_locked": gettext_lazy("WhatsApp limits messages to new people"),
    "banned": gettext_lazy("WhatsApp has blocked this number for a while"),
}


def hold_back(*, channel: Channel, code: str, until: datetime) -> Lane:
    """Pauses a lane because the vendor warned the number (`code`: "reach_out_locked", "banned"); it goes on by itself
    at `until`, or when its owner says so. A pause of a person's own, or a longer one, stays."""
    Lane.objects.get_or_create(channel=channel)
    lane = Lane.objects.select_for_update().get(channel=channel)
    if lane.paused_at is not None and (lane.resume_at is None or lane.resume_at >= until):
        return lane
    with override(channel.workspace.language):
        reason = str(_HOLDS.get(code, code))
    return pause_lane(channel=channel, reason=reason[:60], resume_at=until)


@transaction.atomic
def resume_lane(*, channel: Channel) -> Lane:
    """Lets a paused lane go on; harmless on one that runs."""
    Lane.objects.get_or_create(channel=channel)
    lane = Lane.objects.select_for_update().get(channel=channel)
    lane.paused_at, lane.paused_reason, lane.resume_at = None, "", None
    lane.save(update_fields=["paused_at", "paused_reason", "resume_at"])
    wake_lane(channel.pk)
    return lane


@transaction.atomic
def pause_origin(*, workspace: Workspace, origin_kind: str, origin_id: int) -> None:
    """Makes what this origin has queued (and will queue) wait: nothing of it starts after the batch under way."""
    PausedOrigin.objects.get_or_create(origin_kind=origin_kind, origin_id=origin_id, defaults={"workspace": workspace})


@transaction.atomic
def resume_origin(*, workspace: Workspace, origin_kind: str, origin_id: int) -> None:
    """Takes a pause of an origin away; harmless when there is none."""
    PausedOrigin.objects.filter(workspace=workspace, origin_kind=origin_kind, origin_id=origin_id).delete()
    for channel_id in Channel.objects.filter(workspace=workspace, archived_at=None).values_list("pk", flat=True):
        wake_lane(channel_id)
