"""Reads of journeys, for other rooms."""

from .checking import all_problems, holds_together
from .counts import Counts, counts, is_balanced
from .impact import Impact, impact

__all__ = ["Counts", "Impact", "all_problems", "counts", "holds_together", "impact", "is_balanced"]
