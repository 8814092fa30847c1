"""Background jobs of journeys."""

from wabolt.journeys import services
from wabolt.lib import jobs


@jobs.every("* * * * * */2", "journeys.advance")
def advance() -> None:
    """Every two seconds: move due people. A long run is cut, so that other jobs get their turn."""
    services.advance_due(seconds=20)


@jobs.every("*/5 * * * *", "journeys.enter_due")
def enter_due() -> None:
    """Every five minutes: let people in who are due by a date."""
    services.enter_due(hourly=False)


@jobs.every("7 * * * *", "journeys.enter_due_hourly")
def enter_due_hourly() -> None:
    """Every hour: let people in who are due by silence, or because it is time to buy again."""
    services.enter_due(hourly=True)


@jobs.task("journeys.webhook", after_others=True)
def webhook(enrollment_id: int, step_id: int, visit: int) -> None:
    services.call_webhook(enrollment_id=enrollment_id, step_id=step_id, visit=visit)
