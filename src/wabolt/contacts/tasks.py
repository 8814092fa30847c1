"""Background entry points of contacts."""

from wabolt.contacts import services
from wabolt.contacts.services import alerting
from wabolt.lib import jobs


@jobs.every("17 2 * * *", "contacts.event_partitions")
def event_partitions() -> None:
    """Once a day: creates the partitions of the event log for the next months."""
    services.ensure_event_partitions()


@jobs.every("* * * * *", "contacts.compact_tallies")
def compact_tallies() -> None:
    """Once a minute: adds up the rows that triggers have written."""
    services.compact_tallies()


@jobs.every("41 2 * * *", "contacts.correct_tallies")
def correct_tallies() -> None:
    """Once a day: compares the kept sums with their definition."""
    services.correct_tallies()


@jobs.every("* * * * *", "contacts.check_consumers")
def check_consumers() -> None:
    """Once a minute: opens and resolves alerts about consumers that lag or have parked events."""
    alerting.check_consumers()


@jobs.task("contacts.store_erasure_list")
def store_erasure_list() -> None:
    """Writes the list of erased people into every place for backups."""
    services.write_erasure_list()


@jobs.task("contacts.retry_erasure_list")
def retry_erasure_list() -> None:
    """Queues the list of erased people again, because a place for backups was unavailable."""
    services.queue_erasure_list()
