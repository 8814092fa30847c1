"""Registration for events and webinars: an entry point of the kind "event" with seats, a waiting list and a door.

A seat is taken by the customer's own message, never by a form (docs/adr/0031-event-registration.md). The package
registers its kind of way in, responders, an origin of messages, event kinds, personal data, segment fields and audit
words. Start reading with `services/seats.py`.
"""
