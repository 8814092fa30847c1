"""Everything that is read of contacts. `workspace` comes first; nothing crosses it."""

from wabolt.contacts.queries.events import Cursor, Followed, TimelinePage, end_of_log, follow, kinds_of, timeline
from wabolt.contacts.queries.people import (
    PHONE_SQL,
    contacts,
    fields,
    find_by_identity,
    get_contact,
    get_import,
    imports,
    phone_of,
    phones_of,
    tags,
    tags_of,
)

__all__ = [
    "PHONE_SQL",
    "Cursor",
    "Followed",
    "TimelinePage",
    "contacts",
    "end_of_log",
    "fields",
    "find_by_identity",
    "follow",
    "get_contact",
    "get_import",
    "imports",
    "kinds_of",
    "phone_of",
    "phones_of",
    "tags",
    "tags_of",
    "timeline",
]
