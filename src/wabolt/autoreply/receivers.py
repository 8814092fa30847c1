"""Receivers of automatic replies."""

from collections.abc import Sequence
from typing import Any

from django.dispatch import receiver

from wabolt.autoreply.services import end_at_stop
from wabolt.messaging.registry import Arrival
from wabolt.messaging.signals import message_received


@receiver(message_received)
def end_forms(arrivals: Sequence[Arrival], **_: Any) -> None:
    """A stop word ends an open chat form."""
    end_at_stop(arrivals)
