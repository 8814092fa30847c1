"""Broadcasts after a restore."""

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.services.common import ORIGIN
from wabolt.lib.restore import Restore, Rows, carry_over
from wabolt.messaging.services import pause_origin

State = Broadcast.State

_BEGUN = "workspace_id = ANY(%s) AND content_id IS NOT NULL"
_LIFE = (
    "name", "text", "parameters", "template_id", "media_id", "segment_tree", "content_id", "content_class",
    "state", "scheduled_at", "holdout_percent", "voucher_percent", "voucher_days", "attribution_days", "expires_hours",
    "to_strangers", "planned", "problem", "started_at", "resumed_at", "finished_at",
)  # fmt: skip


@transaction.atomic
def carry_broadcasts(restore: Restore) -> None:
    """Copies every broadcast that has begun, with its audience and vouchers, from the previous database. Drafts come
    from the backup."""
    shops = list(restore.shops)
    carry_over(restore, Rows("broadcasts_broadcast", _BEGUN, (shops,), same=("created_at",), update=_LIFE))
    of_begun = f"broadcast_id IN (SELECT id FROM broadcasts_broadcast WHERE {_BEGUN})"
    outcome = ("outcome", "reason")
    carry_over(restore, Rows("broadcasts_recipient", of_begun, (shops,), same=("broadcast_id",), update=outcome))
    issued = "workspace_id = ANY(%s) AND origin_kind = 'broadcast'"
    carry_over(restore, Rows("commerce_voucher", issued, (shops,)))
    for broadcast in Broadcast.objects.filter(workspace__in=shops).exclude(content=None):
        # contacts that the restored database does not have left the audience
        Broadcast.objects.filter(pk=broadcast.pk).update(planned=broadcast.recipients.count())


def pause_running(restore: Restore) -> None:
    """Pauses broadcasts that were running.

    In shops without a previous database, scheduled broadcasts become drafts: they may have been sent since the backup,
    and the owner checks the audience first.
    """
    begun = Broadcast.objects.filter(state__in=(State.RUNNING, State.FREEZING, State.SCHEDULED))
    for broadcast in begun.select_related("workspace"):
        if broadcast.content_id is None and broadcast.workspace_id not in restore.shops:
            _make_draft(broadcast, restore)
            continue
        with transaction.atomic():
            pause_origin(workspace=broadcast.workspace, origin_kind=ORIGIN, origin_id=broadcast.pk)
            Broadcast.objects.filter(pk=broadcast.pk).update(state=State.PAUSED)
    paused = Broadcast.objects.filter(state=State.PAUSED, content=None).exclude(workspace__in=restore.shops)
    for broadcast in paused.select_related("workspace"):
        _make_draft(broadcast, restore)


def _make_draft(broadcast: Broadcast, restore: Restore) -> None:
    with override(broadcast.workspace.language):
        made = date_format(restore.made_at.astimezone(broadcast.workspace.tz), "j F Y H:i")
        why = _("Restored from a backup of %(made)s. It may have been sent since then: sending it again may reach"
                " people a second time.") % {"made": made}  # fmt: skip
    Broadcast.objects.filter(pk=broadcast.pk).update(
        state=State.DRAFT, started_at=None, scheduled_at=None, problem=why[:300]
    )
