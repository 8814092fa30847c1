"""Background entry points of contacts."""

from wabolt.contacts import services
from wabolt.contacts.services.alerting import check_consumers
from wabolt.lib import jobs


@jobs.every("17 2 * * *", "contacts.event_partitions")
def event_partitions() -> None:
    """Once a day: next months' partitions of the event log stand before the first row needs them."""
    services.ensure_event_partitions()


@jobs.every("* * * * *", "contacts.recount_tallies")
def recount_tallies() -> None:
    """Once a minute: figures that events have changed are counted again."""
    services.recount_tallies()


@jobs.every("* * * * *", "contacts.check_consumers")
def look_at_consumers() -> None:
    """Once a minute: alerts about consumers that are behind or have parked events."""
    check_consumers()
