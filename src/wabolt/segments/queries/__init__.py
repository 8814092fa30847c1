"""Reads of the segments room."""

from .compiler import BrokenSegment, SegmentSql, compile_segment
from .fields import catalogue
from .names import suggestions, unknown_names
from .people import contact_ids, count_contacts, sample_contacts
from .preview import Example, Preview, preview
from .segments import access_segment, list_segments, segment_tree, tree_from_json, tree_from_text

__all__ = [
    "BrokenSegment",
    "Example",
    "Preview",
    "SegmentSql",
    "access_segment",
    "catalogue",
    "compile_segment",
    "contact_ids",
    "count_contacts",
    "list_segments",
    "preview",
    "sample_contacts",
    "segment_tree",
    "suggestions",
    "tree_from_json",
    "tree_from_text",
    "unknown_names",
]
