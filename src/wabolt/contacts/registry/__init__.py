"""The registry of contacts: kinds of events, consumers, kept sums, personal data, export columns, and pieces of its
pages."""

from wabolt.contacts.registry.bulk_actions import BulkAction, bulk_actions_for, register_bulk_action
from wabolt.contacts.registry.event_consumers import EventConsumer, LoggedEvent, consumers, register_consumer
from wabolt.contacts.registry.export_columns import ExportColumn, export_columns, register_export_column
from wabolt.contacts.registry.kinds import GROUPS, EventKind, event_kind, event_kinds, register_event_kinds
from wabolt.contacts.registry.pages import (
    ListAction,
    Mark,
    MergePreview,
    Panel,
    actions_for,
    last_contact,
    marks,
    merge_previews,
    panels,
    register_last_contact,
    register_list_action,
    register_mark,
    register_merge_preview,
    register_panel,
    shown_panels,
)
from wabolt.contacts.registry.personal import (
    PersonalData,
    PersonalRows,
    personal_data,
    personal_rows,
    register_personal_data,
    register_personal_rows,
)
from wabolt.contacts.registry.sources import register_source, source_label
from wabolt.contacts.registry.tallies import TallySource, correction, keep_tally, register_tally, tally_sources

__all__ = [
    "GROUPS",
    "BulkAction",
    "EventConsumer",
    "EventKind",
    "ExportColumn",
    "ListAction",
    "LoggedEvent",
    "Mark",
    "MergePreview",
    "Panel",
    "PersonalData",
    "PersonalRows",
    "TallySource",
    "actions_for",
    "bulk_actions_for",
    "consumers",
    "correction",
    "event_kind",
    "event_kinds",
    "export_columns",
    "keep_tally",
    "last_contact",
    "marks",
    "merge_previews",
    "panels",
    "personal_data",
    "personal_rows",
    "register_bulk_action",
    "register_consumer",
    "register_event_kinds",
    "register_export_column",
    "register_last_contact",
    "register_list_action",
    "register_mark",
    "register_merge_preview",
    "register_panel",
    "register_personal_data",
    "register_personal_rows",
    "register_source",
    "register_tally",
    "shown_panels",
    "source_label",
    "tally_sources",
]
