"""Background entry points of the inbox."""

from wabolt.inbox import services
from wabolt.lib import jobs


@jobs.every("* * * * *", "inbox.check_waiting")
def check_waiting() -> None:
    """Once a minute: opens and resolves alerts about customers who wait for an answer."""
    services.check_waiting()
