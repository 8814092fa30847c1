"""Alerts after a restore of an older backup."""

from django.db import transaction

from wabolt.alerts.models import Delivery, PushDevice
from wabolt.lib import clock
from wabolt.lib.restore import Restore, Rows, carry_over


@transaction.atomic
def keep_current_devices(*, restore: Restore) -> None:
    """Takes the push devices of the previous database, and cancels the deliveries that waited when the backup was made.

    A device that was removed since then stays removed. Open alerts stay open: their rooms check them again.
    """
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
    waiting.update(state=Delivery.State.CANCELLED, ended_at=clock.now(), reason="restored")
    if restore.previous is not None:
        PushDevice.objects.all().delete()
        carry_over(restore, Rows("alerts_pushdevice", "true"))
