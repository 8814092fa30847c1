"""Everything that changes imports: upload, mapping, start, run, cancel, erase."""

from wabolt.imports.services.erasing import empty_rejections, rejections_about
from wabolt.imports.services.errors import error_text
from wabolt.imports.services.files import open_file
from wabolt.imports.services.lifecycle import (
    cancel_import,
    choose_sheet,
    drop_abandoned,
    queue_import,
    set_mapping,
    start_import,
)
from wabolt.imports.services.rejected import rejected_csv
from wabolt.imports.services.runner import Progress, revive_imports, run_import

__all__ = [
    "Progress",
    "cancel_import",
    "choose_sheet",
    "drop_abandoned",
    "empty_rejections",
    "error_text",
    "open_file",
    "queue_import",
    "rejected_csv",
    "rejections_about",
    "revive_imports",
    "run_import",
    "set_mapping",
    "start_import",
]
