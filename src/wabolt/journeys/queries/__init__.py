"""Reads of journeys, for other rooms."""

from wabolt.journeys.rules.keys import step_key, step_key_sql

from .checking import all_problems, holds_together
from .counts import Counts, Imbalance, counts, imbalances, is_balanced
from .impact import Impact, impact

__all__ = [
    "Counts",
    "Imbalance",
    "Impact",
    "all_problems",
    "counts",
    "holds_together",
    "imbalances",
    "impact",
    "is_balanced",
    "step_key",
    "step_key_sql",
]
