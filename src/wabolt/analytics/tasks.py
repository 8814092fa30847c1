"""Background entry points of analytics."""

from wabolt.analytics import services
from wabolt.lib import jobs


@jobs.every("* * * * *", "analytics.settle_attribution")
def settle_attribution() -> None:
    """Once a minute: settles the contacts that changed without an event, and the rest of a large change."""
    while services.settle_attribution():
        pass
