"""Background entry points of contacts."""

from wabolt.contacts import services
from wabolt.contacts.services.alerting import check_consumers
from wabolt.lib import jobs


@jobs.every("17 2 * * *", "contacts.event_partitions")
def event_partitions() -> None:
    """Once a day: creates the partitions of the event log for the next months."""
    services.ensure_event_partitions()


@jobs.every("* * * * *", "contacts.recount_tallies")
def recount_tallies() -> None:
    """Once a minute: counts the figures again that events have changed."""
    services.recount_tallies()


@jobs.every("* * * * *", "contacts.check_consumers")
def look_at_consumers() -> None:
    """Once a minute: raises alerts about consumers that lag or have parked events."""
    check_consumers()
