"""The writes of events, for views, jobs and the demo."""

from wabolt.optin.events.services.checking_in import CheckIn, check_in, open_door, undo_check_in
from wabolt.optin.events.services.editing import EventDraft, cancel_event, create_event, tell_about_change, update_event
from wabolt.optin.events.services.registering import register_by_message
from wabolt.optin.events.services.reminders import leave_out_unknown, send_due_reminders
from wabolt.optin.events.services.replies import answer_guest
from wabolt.optin.events.services.restoring import carry_events
from wabolt.optin.events.services.seats import cancel_registration, expire_offers, give_seat

__all__ = [
    "CheckIn",
    "EventDraft",
    "answer_guest",
    "cancel_event",
    "cancel_registration",
    "carry_events",
    "check_in",
    "create_event",
    "expire_offers",
    "give_seat",
    "leave_out_unknown",
    "open_door",
    "register_by_message",
    "send_due_reminders",
    "tell_about_change",
    "undo_check_in",
    "update_event",
]
