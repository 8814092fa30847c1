"""What channels do when something happens in the rooms below."""

from typing import Any

from django.dispatch import receiver

from wabolt.channels.providers.linked.sessions import unlink_lost_numbers
from wabolt.lib.restore import database_restored


@receiver(database_restored)
def unlink_after_restore(**_: Any) -> None:
    """A backup holds no session of a linked number."""
    unlink_lost_numbers()
