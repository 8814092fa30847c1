"""Public reads of broadcasts."""

from .audience import DUPLICATE_WITHIN, HELD_OUT, audience_sql
from .audience_members import audience_members, sample_receivers
from .broadcasts import (
    STATES,
    Preview,
    Progress,
    broadcasts,
    finish_of,
    get_broadcast,
    hours_of,
    media_of,
    preview,
    price_estimate,
    progress,
    progress_of,
    sample_text,
    sample_variables,
    suppressed_reasons,
    waiting_on,
)
from .recipients import RecipientRow, recipients

__all__ = [
    "DUPLICATE_WITHIN",
    "HELD_OUT",
    "STATES",
    "Preview",
    "Progress",
    "RecipientRow",
    "audience_members",
    "audience_sql",
    "broadcasts",
    "finish_of",
    "get_broadcast",
    "hours_of",
    "media_of",
    "preview",
    "price_estimate",
    "progress",
    "progress_of",
    "recipients",
    "sample_receivers",
    "sample_text",
    "sample_variables",
    "suppressed_reasons",
    "waiting_on",
]
