"""Background jobs of opt-in."""

from wabolt.lib import jobs
from wabolt.optin import services
from wabolt.optin.events import services as events


@jobs.every("17 * * * *", "optin.delete_expired")
def delete_expired() -> None:
    services.delete_expired_entries()


@jobs.every("* * * * *", "optin.events")
def expire_offers_and_remind() -> None:
    """Passes on seats whose offer has ended, and sends the reminders that are due."""
    events.expire_offers()
    events.send_due_reminders()


@jobs.task("optin.event_changed")
def event_changed(event_id: int, sequence: int) -> None:
    events.tell_about_change(event_id=event_id, sequence=sequence)
