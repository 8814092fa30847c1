"""Reads of analytics."""

from .overview import Overview, overview
from .report import REVENUE_TALLY, Deeds, Report, Step, course, deeds, recipient_rows, report, revenue_of
from .steps import Steps, first_steps

__all__ = [
    "REVENUE_TALLY",
    "Deeds",
    "Overview",
    "Report",
    "Step",
    "Steps",
    "course",
    "deeds",
    "first_steps",
    "overview",
    "recipient_rows",
    "report",
    "revenue_of",
]
