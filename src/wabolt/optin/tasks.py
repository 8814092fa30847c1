"""Background jobs of opt-in."""

from wabolt.accounts.services import forget_visitors
from wabolt.lib import jobs
from wabolt.optin import services


@jobs.every("17 * * * *", "optin.delete_expired")
def delete_expired() -> None:
    services.delete_expired_entries()
    forget_visitors()
