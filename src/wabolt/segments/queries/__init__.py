"""Reads of segments, and the parts of the language that other rooms use."""

from wabolt.segments.error_texts import error_text
from wabolt.segments.rules import (
    EVERYONE,
    All,
    Condition,
    SegmentError,
    from_json,
    names_in,
    parse,
    print_tree,
    to_json,
)

from .compiler import BrokenSegment, Compiled, SegmentSql, compile_each, compile_segment, compiled, tests_of
from .fields import catalogue
from .live import (
    CONSUMER,
    LiveState,
    is_late,
    kinds_of,
    live_ids,
    live_state,
    members_sql,
)
from .names import suggestions, unknown_names
from .people import contact_ids, count_contacts, holds_for, member_batches, sample_contacts
from .preview import Example, Preview, preview
from .references import asking_about, open_each, trees_by_name
from .segments import access_segment, condition_words, list_segments, segment_tree, tree_from_json, tree_from_text

__all__ = [
    "CONSUMER",
    "EVERYONE",
    "All",
    "BrokenSegment",
    "Compiled",
    "Condition",
    "Example",
    "LiveState",
    "Preview",
    "SegmentError",
    "SegmentSql",
    "access_segment",
    "asking_about",
    "catalogue",
    "compile_each",
    "compile_segment",
    "compiled",
    "condition_words",
    "contact_ids",
    "count_contacts",
    "error_text",
    "from_json",
    "holds_for",
    "is_late",
    "kinds_of",
    "list_segments",
    "live_ids",
    "live_state",
    "member_batches",
    "members_sql",
    "names_in",
    "open_each",
    "parse",
    "preview",
    "print_tree",
    "sample_contacts",
    "segment_tree",
    "suggestions",
    "tests_of",
    "to_json",
    "tree_from_json",
    "tree_from_text",
    "trees_by_name",
    "unknown_names",
]
