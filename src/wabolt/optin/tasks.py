"""Background jobs of opt-in."""

from wabolt.lib import jobs
from wabolt.optin import services


@jobs.every("17 * * * *", "optin.delete_expired")
def delete_expired() -> None:
    services.delete_expired_entries()
