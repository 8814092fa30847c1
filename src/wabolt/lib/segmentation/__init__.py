"""Declarations of the fields that segments can use.

Rooms below segments own most of the data, and imports point downward only, so the declarations are here and
`wabolt.segments` reads them. A room has a module `segment_fields.py` and registers its fields in `AppConfig.ready()`.
The package does not use Django: a field brings its own SQL as text with bound values.
"""

from wabolt.lib.segmentation.conditions import Condition, Value, found, texts
from wabolt.lib.segmentation.fields import EXISTENCE, FieldGroup, FieldSpec, Kind, Leaf, reads
from wabolt.lib.segmentation.leaves import ContactRows, flag, moment, named_rows, text, text_test
from wabolt.lib.segmentation.periods import PERIODS, period
from wabolt.lib.segmentation.registry import (
    FieldSource,
    JoinedTable,
    Lookup,
    changing_kinds,
    field_groups,
    field_sources,
    fields,
    joined_tables,
    lookups,
    register_field_source,
    register_fields,
    register_lookup,
    register_table,
)
from wabolt.lib.segmentation.sql import (
    INVERSE,
    MOMENT_STEP,
    NOBODY,
    Context,
    Sql,
    contained,
    exists,
    moment_step,
    one_of,
)

__all__ = [
    "EXISTENCE",
    "INVERSE",
    "MOMENT_STEP",
    "NOBODY",
    "PERIODS",
    "Condition",
    "ContactRows",
    "Context",
    "FieldGroup",
    "FieldSource",
    "FieldSpec",
    "JoinedTable",
    "Kind",
    "Leaf",
    "Lookup",
    "Sql",
    "Value",
    "changing_kinds",
    "contained",
    "exists",
    "field_groups",
    "field_sources",
    "fields",
    "flag",
    "found",
    "joined_tables",
    "lookups",
    "moment",
    "moment_step",
    "named_rows",
    "one_of",
    "period",
    "reads",
    "register_field_source",
    "register_fields",
    "register_lookup",
    "register_table",
    "text",
    "text_test",
    "texts",
]
