"""The models of opt-in. Each way in that stores more than an entry has a module of its own."""

from wabolt.optin.models.events import EventReminder, Registration, ShopEvent
from wabolt.optin.models.giveaways import Draw, DrawTicket, DrawWinner, Entrant, Giveaway, Score
from wabolt.optin.models.points import Entry, EntryCode, EntryPoint, Offer, PageLink, new_slug

__all__ = [
    "Draw",
    "DrawTicket",
    "DrawWinner",
    "Entrant",
    "Entry",
    "EntryCode",
    "EntryPoint",
    "EventReminder",
    "Giveaway",
    "Offer",
    "PageLink",
    "Registration",
    "Score",
    "ShopEvent",
    "new_slug",
]
