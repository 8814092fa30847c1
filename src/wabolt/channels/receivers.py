"""Receivers for signals of lower rooms."""

from typing import Any

from django.dispatch import receiver

from wabolt.channels.providers.linked.sessions import unlink_lost_numbers
from wabolt.channels.restoring import carry_channels
from wabolt.lib.restore import Restore, database_restored


@receiver(database_restored)
def keep_connections(restore: Restore, **_: Any) -> None:
    """Keeps connected numbers connected after a restore, because a backup contains no session of a linked number."""
    if restore.shops:
        carry_channels(restore)
    unlink_lost_numbers()
