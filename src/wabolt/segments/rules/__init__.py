"""The segment language: tree, text, JSON and checks. It uses no Django, database or clock."""

from wabolt.lib.segmentation import FieldSpec, Kind

from .catalogue import Catalogue, operators, written
from .checks import check_condition, check_tree
from .codec import from_json, to_json
from .draft import Draft, Group, Reading, Row, draft_of, read_draft
from .errors import LanguageError, SegmentError, TreeError
from .parser import parse
from .printer import print_condition, print_tree
from .references import names_in, opened, renamed
from .tree import EVERYONE, All, Any, Condition, Node, Not, Value, conditions, normalise

__all__ = [
    "EVERYONE",
    "All",
    "Any",
    "Catalogue",
    "Condition",
    "Draft",
    "FieldSpec",
    "Group",
    "Kind",
    "LanguageError",
    "Node",
    "Not",
    "Reading",
    "Row",
    "SegmentError",
    "TreeError",
    "Value",
    "check_condition",
    "check_tree",
    "conditions",
    "draft_of",
    "from_json",
    "names_in",
    "normalise",
    "opened",
    "operators",
    "parse",
    "print_condition",
    "print_tree",
    "read_draft",
    "renamed",
    "to_json",
    "written",
]
