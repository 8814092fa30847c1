"""Background entry points of messaging."""

from wabolt.lib import jobs
from wabolt.messaging import services


@jobs.every("17 */3 * * *", "messaging.sync_templates")
def sync_templates() -> None:
    """What Meta has approved, paused or rejected meanwhile."""
    services.sync_all_templates()


@jobs.every("* * * * *", "messaging.clear_archived")
def clear_archived() -> None:
    """What came into the lane of a number just as it was taken out of use, and nobody works any more."""
    services.clear_archived()
