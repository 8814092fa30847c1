"""Background entry points of consent."""

from wabolt.consent.services.alerting import check_doubts
from wabolt.lib import jobs


@jobs.every("* * * * *", "consent.check_doubts")
def look_at_doubts() -> None:
    """Once a minute: opens and resolves alerts about messages that may mean stop."""
    check_doubts()
