"""Writes of backups."""

from wabolt.backups.services.alerting import check_backups
from wabolt.backups.services.erasure_list import store_erasure_list
from wabolt.backups.services.keys import confirm_key, ensure_key, replace_key, withdraw_key
from wabolt.backups.services.restoring import settle_after_restore
from wabolt.backups.services.runs import Outcome, begin_run, close_stale_runs, fail_run, finish_run, note_progress
from wabolt.backups.services.settings import Storage, ensure_settings, save_folder, save_storage, save_time
from wabolt.backups.services.starting import request_backup, start_if_due
from wabolt.backups.services.trying import Opened, try_copy

__all__ = [
    "Opened",
    "Outcome",
    "Storage",
    "begin_run",
    "check_backups",
    "close_stale_runs",
    "confirm_key",
    "ensure_key",
    "ensure_settings",
    "fail_run",
    "finish_run",
    "note_progress",
    "replace_key",
    "request_backup",
    "save_folder",
    "save_storage",
    "save_time",
    "settle_after_restore",
    "start_if_due",
    "store_erasure_list",
    "try_copy",
    "withdraw_key",
]
