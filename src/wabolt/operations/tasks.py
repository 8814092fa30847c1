"""Background entry points of operations."""

from wabolt.lib import jobs
from wabolt.operations import services


@jobs.every("*/2 * * * *", "operations.check_disk")
def check_disk() -> None:
    """Looks at the free disk of the machine on which this worker runs."""
    services.check_disk()


@jobs.every("43 * * * *", "operations.check_for_update")
def check_for_update() -> None:
    """Asks once a day for a newer version, if there is a place to ask."""
    services.check_if_due()
