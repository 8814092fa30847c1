"""Background entry points of imports."""

from wabolt.imports import services
from wabolt.lib import jobs


@jobs.task("imports.run", attempts=50)
def run_import(import_id: int) -> None:
    """Continues an import at its recorded progress. The runner counts failed attempts itself."""
    services.run_import(import_id)


@jobs.every("* * * * *", "imports.revive")
def revive_imports() -> None:
    """Restarts imports that no process works on. Runs once a minute."""
    services.revive_imports()


@jobs.every("25 * * * *", "imports.drop_abandoned")
def drop_abandoned() -> None:
    """Deletes uploaded files that were not imported within a day. Runs once an hour."""
    services.drop_abandoned()
