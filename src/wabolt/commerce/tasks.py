"""Background entry points of commerce."""

from wabolt.commerce import services
from wabolt.lib import jobs


@jobs.every("* * * * *", "commerce.abandon_carts")
def abandon_carts() -> None:
    """Marks carts as abandoned, once a minute."""
    services.abandon_idle_carts()
