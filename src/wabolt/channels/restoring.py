"""Copies newer connections and raw events from the previous database into a restored one."""

from django.db import connection, transaction

from wabolt.lib.restore import Restore, Rows, carry_over

_OF_SHOPS = "channel_id IN (SELECT id FROM channels_channel WHERE workspace_id = ANY(%s))"
_LINKED = ("jid", "lid", "stage", "profile_name", "about", "picture", "picture_data", "profile_at", "phone_known")
_CLOUD = ("sealed_token", "sealed_app_secret", "sealed_verify_token", "phone_number_id", "waba_id")


@transaction.atomic
def carry_channels(restore: Restore) -> None:
    """Copies the present connections, and each raw event that the backup lacks or had not processed. Intake then
    applies a STOP among these events after the restore."""
    shops = list(restore.shops)
    key = ("channel_id",)
    carry_over(restore, Rows("channels_linkednumber", _OF_SHOPS, (shops,), key=key, update=_LINKED, insert=False))
    carry_over(restore, Rows("channels_cloudaccount", _OF_SHOPS, (shops,), key=key, update=_CLOUD, insert=False))
    carry_over(
        restore,
        Rows("channels_channel", "workspace_id = ANY(%s)", (shops,), same=("created_at", "provider"),
             update=("state", "state_detail", "state_since", "linked_at"), insert=False),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM channels_rawevent WHERE processed_at IS NULL")
        waiting = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SELECT coalesce(max(id), 0) FROM channels_rawevent")
        last = cursor.fetchone()
    where = f"{_OF_SHOPS} AND (id > %s OR id = ANY(%s))"
    update = ("processed_at", "attempts", "error")
    carry_over(
        restore,
        Rows("channels_rawevent", where, (shops, last[0] if last else 0, waiting), same=("channel_id",), update=update),
    )
