"""Reads of analytics."""

from .attribution import revenue_of
from .journeys import BOUGHT_WITHIN, compare_with_holdout
from .overview import Overview, overview
from .report import Activity, Report, Step, activity, course, doubt_reasons, recipient_rows, report
from .steps import Steps, first_steps

__all__ = [
    "BOUGHT_WITHIN",
    "Activity",
    "Overview",
    "Report",
    "Step",
    "Steps",
    "activity",
    "compare_with_holdout",
    "course",
    "doubt_reasons",
    "first_steps",
    "overview",
    "recipient_rows",
    "report",
    "revenue_of",
]
