"""Writes of operations. Other rooms import from here only."""

from wabolt.operations.services.beating import beating, start_heart
from wabolt.operations.services.disk import DISK_FULL, DISK_LOW, check_disk
from wabolt.operations.services.outages import DATABASE_AWAY
from wabolt.operations.services.restarts import KEEPS_DYING, check_restarts
from wabolt.operations.services.updates import NEW_VERSION, check_for_update, check_if_due

__all__ = [
    "DATABASE_AWAY",
    "DISK_FULL",
    "DISK_LOW",
    "KEEPS_DYING",
    "NEW_VERSION",
    "beating",
    "check_disk",
    "check_for_update",
    "check_if_due",
    "check_restarts",
    "start_heart",
]
