"""Writes of segments. Other rooms import from here only."""

from wabolt.segments.services.live import end_live, keep_live
from wabolt.segments.services.passes import tend_live
from wabolt.segments.services.segments import (
    DESCRIPTION_LENGTH,
    NAME_LENGTH,
    create_segment,
    delete_segment,
    duplicate_segment,
    update_segment,
)

__all__ = [
    "DESCRIPTION_LENGTH",
    "NAME_LENGTH",
    "create_segment",
    "delete_segment",
    "duplicate_segment",
    "end_live",
    "keep_live",
    "tend_live",
    "update_segment",
]
