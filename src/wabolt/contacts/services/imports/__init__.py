"""Bringing files in: upload, mapping, a background run in chunks, and the rows that were refused.

A room above adds its own kind with `register(Importer(...))` and explains its rejection codes with
`register_reasons`; the wizard, the runner and the command then serve it too.
"""

from wabolt.contacts.services.imports.contacts import ENDED
from wabolt.contacts.services.imports.importer import CONTACTS, LABELS
from wabolt.contacts.services.imports.lifecycle import (
    cancel_import,
    choose_sheet,
    queue_import,
    set_mapping,
    start_import,
)
from wabolt.contacts.services.imports.permissions import PermissionCounts, count_permissions
from wabolt.contacts.services.imports.registry import (
    Ahead,
    ChunkResult,
    Importer,
    Preview,
    Rejection,
    Row,
    Session,
    Target,
    Warning,  # noqa: A004
    importer_of,
    importers,
    register,
)
from wabolt.contacts.services.imports.runner import revive_imports, run_import
from wabolt.contacts.services.imports.trouble import trouble_text
from wabolt.contacts.services.reasons import reason, reason_title, register_reasons

__all__ = [
    "CONTACTS",
    "ENDED",
    "LABELS",
    "Ahead",
    "ChunkResult",
    "Importer",
    "PermissionCounts",
    "Preview",
    "Rejection",
    "Row",
    "Session",
    "Target",
    "Warning",
    "cancel_import",
    "choose_sheet",
    "count_permissions",
    "importer_of",
    "importers",
    "queue_import",
    "reason",
    "reason_title",
    "register",
    "register_reasons",
    "revive_imports",
    "run_import",
    "set_mapping",
    "start_import",
    "trouble_text",
]
