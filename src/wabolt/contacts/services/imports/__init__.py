"""Importing contacts: what the generic engine (`wabolt.imports`) calls for the kind "contacts"."""

from wabolt.contacts.services.imports.contacts import ENDED, REFUSED, UNPROVEN, ContactSession
from wabolt.contacts.services.imports.importer import check, guess, prepare, preview, targets
from wabolt.contacts.services.imports.permissions import COUNTED, PermissionCounts, count_permissions

__all__ = [
    "COUNTED",
    "ENDED",
    "REFUSED",
    "UNPROVEN",
    "ContactSession",
    "PermissionCounts",
    "check",
    "count_permissions",
    "guess",
    "prepare",
    "preview",
    "targets",
]
