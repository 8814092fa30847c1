"""Reads of analytics."""

from .attribution import revenue_of
from .overview import Overview, overview
from .report import Activity, Report, Step, activity, course, doubt_reasons, recipient_rows, report
from .steps import Steps, first_steps

__all__ = [
    "Activity",
    "Overview",
    "Report",
    "Step",
    "Steps",
    "activity",
    "course",
    "doubt_reasons",
    "first_steps",
    "overview",
    "recipient_rows",
    "report",
    "revenue_of",
]
