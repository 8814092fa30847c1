"""Background tasks of messaging."""

from wabolt.lib import jobs
from wabolt.messaging import services, standstill


@jobs.every("17 */3 * * *", "messaging.sync_templates")
def sync_templates() -> None:
    """Synchronises templates with Meta."""
    services.sync_all_templates()


@jobs.every("* * * * *", "messaging.clear_archived")
def clear_archived() -> None:
    """Ends messages that were queued just as their channel was archived."""
    services.clear_archived()


@jobs.every("* * * * *", "messaging.check_lanes")
def check_lanes() -> None:
    """Opens and resolves alerts about numbers whose messages do not leave."""
    standstill.check_lanes()
