"""Writes of contacts. Other rooms import from here only."""

from wabolt.contacts.services.adding import AddedPeople, NewPerson, add_people
from wabolt.contacts.services.address_changes import replace_identities
from wabolt.contacts.services.checking import refusals
from wabolt.contacts.services.consumer_process import run_consumers
from wabolt.contacts.services.consumers import (
    drop_parked_event,
    ensure_consumers,
    retry_parked_event,
    run_consumers_once,
)
from wabolt.contacts.services.contacts import (
    create_contact,
    remove_identity,
    touch_contacts,
    update_contact,
)
from wabolt.contacts.services.disclosing import note_disclosure
from wabolt.contacts.services.duplicates import mark_as_different
from wabolt.contacts.services.erasing import erase_contacts
from wabolt.contacts.services.erasure_lists import replay_erasure_list, write_erasure_list
from wabolt.contacts.services.erasure_log import log_erasure, queue_erasure_list
from wabolt.contacts.services.event_log import rebase_event_log
from wabolt.contacts.services.events import NewEvent, ensure_event_partitions, record_event, record_events
from wabolt.contacts.services.exports import MIME_TYPES, export_contacts
from wabolt.contacts.services.fields import (
    archive_field,
    clean_fields,
    create_field,
    delete_field,
    read_choices,
    set_field,
    update_field,
)
from wabolt.contacts.services.identities import add_identities, refresh_search, resolve_contact, resolve_reported
from wabolt.contacts.services.locks import hold_contacts
from wabolt.contacts.services.merging import merge_contacts, undo_merge
from wabolt.contacts.services.noting import SelfStatement, note_statements
from wabolt.contacts.services.reported import create_reported
from wabolt.contacts.services.restoring import replay_erasures
from wabolt.contacts.services.tags import (
    add_note,
    add_notes,
    add_tags,
    clean_note,
    delete_note,
    delete_tag,
    ensure_tags,
    remove_tags,
    rename_tag,
    tag_many,
    untag_many,
)
from wabolt.contacts.services.tallies import compact_tallies, correct_tallies
from wabolt.contacts.services.views import note_view, note_views
from wabolt.contacts.services.whatsapp_checks import note_on_whatsapp

__all__ = [
    "MIME_TYPES",
    "AddedPeople",
    "NewEvent",
    "NewPerson",
    "SelfStatement",
    "add_identities",
    "add_note",
    "add_notes",
    "add_people",
    "add_tags",
    "archive_field",
    "clean_fields",
    "clean_note",
    "compact_tallies",
    "correct_tallies",
    "create_contact",
    "create_field",
    "create_reported",
    "delete_field",
    "delete_note",
    "delete_tag",
    "drop_parked_event",
    "ensure_consumers",
    "ensure_event_partitions",
    "ensure_tags",
    "erase_contacts",
    "export_contacts",
    "hold_contacts",
    "log_erasure",
    "mark_as_different",
    "merge_contacts",
    "note_disclosure",
    "note_on_whatsapp",
    "note_statements",
    "note_view",
    "note_views",
    "queue_erasure_list",
    "read_choices",
    "rebase_event_log",
    "record_event",
    "record_events",
    "refresh_search",
    "refusals",
    "remove_identity",
    "remove_tags",
    "rename_tag",
    "replace_identities",
    "replay_erasure_list",
    "replay_erasures",
    "resolve_contact",
    "resolve_reported",
    "retry_parked_event",
    "run_consumers",
    "run_consumers_once",
    "set_field",
    "tag_many",
    "touch_contacts",
    "undo_merge",
    "untag_many",
    "update_contact",
    "update_field",
    "write_erasure_list",
]
