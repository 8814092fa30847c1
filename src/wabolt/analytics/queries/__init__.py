"""Reads of analytics."""

from .overview import Overview, overview
from .report import Report, Step, course, recipient_rows, report, revenue_of

__all__ = ["Overview", "Report", "Step", "course", "overview", "recipient_rows", "report", "revenue_of"]
