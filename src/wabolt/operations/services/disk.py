"""The check of this machine's free disk space, and its alerts."""

import shutil
import socket

from django.conf import settings

from wabolt.alerts.services import open_alert_of_installation, resolve_alert_of_installation

DISK_LOW, DISK_FULL = "disk.low", "disk.full"
FULL_BELOW = 500_000_000
"""Free bytes below which the alert "disk is full" opens, early enough to make room (`lib.disk.MIN_FREE`)."""
LOW_BELOW, LOW_SHARE = 2_000_000_000, 0.05
"""Free bytes, and share of the disk, below which the disk counts as nearly full."""


def check_disk() -> None:
    """Opens or resolves the alerts about the disk of the home folder, one subject per machine."""
    try:
        usage = shutil.disk_usage(settings.DATA_FOLDER)
    except OSError:  # no home folder: this machine keeps no data
        return
    host = socket.gethostname()[:100]
    is_full = usage.free < FULL_BELOW
    is_low = usage.free < max(LOW_BELOW, LOW_SHARE * usage.total) and usage.free < usage.total / 2
    for kind, is_true in ((DISK_FULL, is_full), (DISK_LOW, is_low and not is_full)):
        if is_true:
            megabytes = usage.free // 10_000_000 * 10  # rounded, so that the alert does not change every minute
            open_alert_of_installation(kind=kind, subject=host, data={"megabytes": megabytes})
        else:
            resolve_alert_of_installation(kind=kind, subject=host)
