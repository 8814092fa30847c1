"""Background jobs of accounts."""

from wabolt.accounts import services
from wabolt.lib import jobs


@jobs.every("33 * * * *", "accounts.forget_expired")
def forget_expired() -> None:
    services.forget_attempts()
    services.forget_sessions()
    services.forget_visitors()
    services.forget_challenges()
