"""Background entry points of the public address."""

from wabolt.lib import jobs
from wabolt.public_address import services


@jobs.every("*/5 * * * *", "public_address.check")
def check_address() -> None:
    """Checks every five minutes whether the public address answers."""
    services.check_address()


@jobs.task("public_address.check_now", attempts=1)
def check_now() -> None:
    """Checks the public address because a member asked."""
    services.check_address()
