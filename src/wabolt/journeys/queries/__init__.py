"""Reads of journeys, for other rooms."""

from .checking import all_problems, holds_together
from .impact import Impact, impact

__all__ = ["Impact", "all_problems", "holds_together", "impact"]
