"""Reads of analytics."""

from .overview import Overview, overview
from .report import Report, Step, course, recipient_rows, report, revenue_of
from .steps import Steps, first_steps

__all__ = [
    "Overview",
    "Report",
    "Step",
    "Steps",
    "course",
    "first_steps",
    "overview",
    "recipient_rows",
    "report",
    "revenue_of",
]
