"""Background entry points of consent."""

from wabolt.consent.services import alerting
from wabolt.lib import jobs


@jobs.every("* * * * *", "consent.check_doubts")
def check_doubts() -> None:
    """Once a minute: opens and resolves alerts about messages that may mean stop."""
    alerting.check_doubts()
