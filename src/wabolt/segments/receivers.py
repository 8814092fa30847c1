"""Reactions of segments to signals. Connected in `SegmentsConfig.ready`."""

from typing import Any

from django.dispatch import receiver

from wabolt.lib.restore import rows_restored
from wabolt.segments.services.live import evaluate_workspaces_again


@receiver(rows_restored)
def evaluate_again(**_: Any) -> None:
    """Evaluates all live segments again, because a restore changes rows without events."""
    evaluate_workspaces_again()
