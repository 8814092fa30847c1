"""Checks which linked devices still have a session in the library's tables."""

from django.db import connection

from wabolt.channels.models import Channel, LinkedNumber
from wabolt.channels.providers.linked.event_store import STORE
from wabolt.channels.services import set_state


def unlink_lost_numbers() -> None:
    """Marks linked numbers without a session as logged out; their owners have to link them again."""
    for channel in Channel.objects.filter(pk__in=forget_lost()):
        set_state(channel=channel, state=Channel.State.LOGGED_OUT, detail={"reason": "restored"})


def forget_lost() -> list[int]:
    """Removes the devices whose session keys are missing, for example after a restore, and returns their channel ids.
    The library must never connect an unknown device."""
    table = f"{STORE}.whatsmeow_device"
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [table])
        known: list[str] = []
        if cursor.fetchone() != (None,):
            cursor.execute(f"SELECT jid FROM {table}")
            known = [str(jid) for (jid,) in cursor.fetchall()]
    lost = LinkedNumber.objects.exclude(jid="").exclude(jid__in=known)
    ids = list(lost.values_list("pk", flat=True))
    lost.update(jid="", lid="", stage="", secret="", secret_until=None)
    return ids
