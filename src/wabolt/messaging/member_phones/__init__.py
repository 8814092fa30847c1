"""Alerts by WhatsApp to a member's own number.

A member proves a number by writing a code from it. `services` confirms it, and is the alert channel: it queues the
message in the outbox of another number of the shop. `views` is the page on which a member connects the number.
"""
