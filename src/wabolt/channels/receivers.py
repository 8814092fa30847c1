"""Receivers for signals of lower rooms."""

from typing import Any

from django.dispatch import receiver

from wabolt.channels.providers.linked.sessions import unlink_lost_numbers
from wabolt.lib.restore import database_restored


@receiver(database_restored)
def unlink_after_restore(**_: Any) -> None:
    """A backup contains no session of a linked number."""
    unlink_lost_numbers()
