"""Writes of operations. Other rooms import from here only."""

from wabolt.operations.services.beating import beating, start_heart
from wabolt.operations.services.disk import DISK_FULL, DISK_LOW, check_disk
from wabolt.operations.services.outages import DATABASE_AWAY
from wabolt.operations.services.updates import NEW_VERSION, check_for_update

__all__ = [
    "DATABASE_AWAY",
    "DISK_FULL",
    "DISK_LOW",
    "NEW_VERSION",
    "beating",
    "check_disk",
    "check_for_update",
    "start_heart",
]
