"""Reads of journeys, for other rooms."""

from wabolt.journeys.rules.codec import parse_step
from wabolt.journeys.rules.keys import step_key, step_key_sql
from wabolt.journeys.rules.plan import due_of

from .checking import all_problems, holds_together
from .counts import Counts, Imbalance, counts, imbalances, is_balanced
from .impact import Impact, impact

__all__ = [
    "Counts",
    "Imbalance",
    "Impact",
    "all_problems",
    "counts",
    "due_of",
    "holds_together",
    "imbalances",
    "impact",
    "is_balanced",
    "parse_step",
    "step_key",
    "step_key_sql",
]
