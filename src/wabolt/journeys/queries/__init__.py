"""Reads of journeys, for other rooms."""

from wabolt.journeys.rules.codec import parse_step
from wabolt.journeys.rules.keys import step_key, step_key_sql
from wabolt.journeys.rules.plan import due_of

from .checking import all_problems, holds_together
from .counts import Counts, Imbalance, counts, imbalances, is_balanced
from .gifts import START_JOURNEY, Giving, giving_journeys, giving_of
from .impact import Impact, impact

__all__ = [
    "START_JOURNEY",
    "Counts",
    "Giving",
    "Imbalance",
    "Impact",
    "all_problems",
    "counts",
    "due_of",
    "giving_journeys",
    "giving_of",
    "holds_together",
    "imbalances",
    "impact",
    "is_balanced",
    "parse_step",
    "step_key",
    "step_key_sql",
]
