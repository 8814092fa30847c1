"""Background entry points of contacts."""

from wabolt.contacts import services
from wabolt.contacts.services import imports
from wabolt.lib import jobs


@jobs.task("contacts.run_import", attempts=50)
def run_import(import_id: int) -> None:
    """Works an import off from where its own progress says. It counts its own failures: see runner."""
    imports.run_import(import_id)


@jobs.every("* * * * *", "contacts.revive_imports")
def revive_imports() -> None:
    """Once a minute: an import that nobody works on any more goes on."""
    imports.revive_imports()


@jobs.every("17 2 * * *", "contacts.event_partitions")
def event_partitions() -> None:
    """Once a day: next months' partitions of the event log stand before the first row needs them."""
    services.ensure_event_partitions()
