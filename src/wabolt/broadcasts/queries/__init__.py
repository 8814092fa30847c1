"""Reads of broadcasts."""

from .audience import DUPLICATE_WITHIN, audience_sql
from .broadcasts import (
    Preview,
    Progress,
    broadcasts,
    get_broadcast,
    preview,
    progress,
    progress_of,
    suppressed_reasons,
)

__all__ = [
    "DUPLICATE_WITHIN",
    "Preview",
    "Progress",
    "audience_sql",
    "broadcasts",
    "get_broadcast",
    "preview",
    "progress",
    "progress_of",
    "suppressed_reasons",
]
