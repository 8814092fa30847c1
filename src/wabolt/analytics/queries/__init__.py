"""Reads of analytics."""

from .attribution import revenue_of
from .content_mix import Mix, aim_of, content_mix, monthly_mix, recent_mix
from .journeys import BOUGHT_WITHIN, compare_with_holdout
from .overview import Overview, overview
from .report import Activity, Report, Step, activity, course, doubt_reasons, recipient_rows, report
from .steps import Steps, first_steps

__all__ = [
    "BOUGHT_WITHIN",
    "Activity",
    "Mix",
    "Overview",
    "Report",
    "Step",
    "Steps",
    "activity",
    "aim_of",
    "compare_with_holdout",
    "content_mix",
    "course",
    "doubt_reasons",
    "first_steps",
    "monthly_mix",
    "overview",
    "recent_mix",
    "recipient_rows",
    "report",
    "revenue_of",
]
