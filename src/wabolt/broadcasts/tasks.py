"""Background jobs of broadcasts."""

from datetime import datetime

from wabolt.broadcasts import services
from wabolt.broadcasts.services.alerting import check_broadcasts
from wabolt.lib import jobs


@jobs.task("broadcasts.start_scheduled")
def start_scheduled(broadcast_id: int, scheduled_at: str) -> None:
    services.start_if_due(broadcast_id=broadcast_id, scheduled_at=datetime.fromisoformat(scheduled_at))


@jobs.task("broadcasts.freeze")
def freeze(broadcast_id: int) -> None:
    services.freeze(broadcast_id=broadcast_id)


@jobs.every("* * * * * */5", "broadcasts.complete_finished")
def complete_finished() -> None:
    services.settle_returned()
    services.end_expired()
    services.pause_refused()
    services.complete_finished()


@jobs.every("* * * * *", "broadcasts.revive_frozen")
def revive_frozen() -> None:
    services.revive_frozen()


@jobs.every("* * * * *", "broadcasts.start_due")
def start_due() -> None:
    """Every minute: start due broadcasts whose own job was lost."""
    services.start_due()


@jobs.every("* * * * *", "broadcasts.alerts")
def alert_about_stopped() -> None:
    """Every minute: open and resolve alerts about broadcasts that paused automatically."""
    check_broadcasts()
