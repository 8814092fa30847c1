"""Background entry points of backups."""

from wabolt.backups import services
from wabolt.lib import jobs


@jobs.task("backups.start_if_due")
def start_if_due() -> None:
    """Starts a backup that a member asked for."""
    services.start_if_due()


@jobs.every("* * * * *", "backups.look")
def run_every_minute() -> None:
    """Every minute: starts a due backup, and opens and resolves alerts."""
    services.start_if_due()
    services.check_backups()
