"""Receivers of automatic replies."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from wabolt.autoreply.services import end_after_restore, end_at_stop
from wabolt.lib.restore import database_restored
from wabolt.messaging.registry import Arrival
from wabolt.messaging.signals import message_received


@receiver(message_received)
def end_forms(arrivals: Sequence[Arrival], **_: Any) -> None:
    """A stop word ends an open chat form."""
    end_at_stop(arrivals)


@receiver(database_restored)
def hand_over_forms(**_: Any) -> None:
    """No chat form goes on from a question that was answered since the backup."""
    end_after_restore()
