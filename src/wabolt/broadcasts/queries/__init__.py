"""Public reads of broadcasts."""

from .audience import DUPLICATE_WITHIN, HELD_OUT, audience_sql
from .broadcasts import (
    SHOWN,
    Preview,
    Progress,
    broadcasts,
    finish_of,
    get_broadcast,
    hours_of,
    preview,
    price_estimate,
    progress,
    progress_of,
    sample_text,
    sample_variables,
    suppressed_reasons,
    waiting_on,
)
from .preview_people import preview_people
from .recipients import Person, recipients

__all__ = [
    "DUPLICATE_WITHIN",
    "HELD_OUT",
    "SHOWN",
    "Person",
    "Preview",
    "Progress",
    "audience_sql",
    "broadcasts",
    "finish_of",
    "get_broadcast",
    "hours_of",
    "preview",
    "preview_people",
    "price_estimate",
    "progress",
    "progress_of",
    "recipients",
    "sample_text",
    "sample_variables",
    "suppressed_reasons",
    "waiting_on",
]
