"""Background entry points of commerce."""

from wabolt.commerce import services
from wabolt.lib import jobs


@jobs.every("* * * * *", "commerce.abandon_carts")
def abandon_carts() -> None:
    """Every minute: marks carts as abandoned that were left alone."""
    services.abandon_idle_carts()
