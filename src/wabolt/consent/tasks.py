"""Background entry points of consent."""

from wabolt.consent.services import alerting
from wabolt.lib import jobs


@jobs.every("* * * * *", "consent.check_doubts")
def check_doubts() -> None:
    """Opens and resolves alerts about messages that may mean stop, once a minute."""
    alerting.check_doubts()
