"""Reads of segments, and the parts of the language that other rooms use."""

from wabolt.segments.rules import EVERYONE, All, Condition, SegmentError, from_json, parse, to_json

from .compiler import BrokenSegment, SegmentSql, compile_segment
from .fields import catalogue
from .names import suggestions, unknown_names
from .people import contact_ids, count_contacts, holds_for, member_batches, sample_contacts
from .preview import Example, Preview, preview
from .segments import access_segment, list_segments, segment_tree, tree_from_json, tree_from_text

__all__ = [
    "EVERYONE",
    "All",
    "BrokenSegment",
    "Condition",
    "Example",
    "Preview",
    "SegmentError",
    "SegmentSql",
    "access_segment",
    "catalogue",
    "compile_segment",
    "contact_ids",
    "count_contacts",
    "from_json",
    "holds_for",
    "list_segments",
    "member_batches",
    "parse",
    "preview",
    "sample_contacts",
    "segment_tree",
    "suggestions",
    "to_json",
    "tree_from_json",
    "tree_from_text",
    "unknown_names",
]
