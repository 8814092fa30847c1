"""The models of opt-in. Each way in that stores more than an entry has a module of its own."""

from wabolt.optin.models.events import EventReminder, Registration, ShopEvent
from wabolt.optin.models.giveaways import Draw, DrawTicket, DrawWinner, Entrant, Giveaway, Score
from wabolt.optin.models.points import Entry, EntryPoint, Offer, PageLink, Placement, new_slug
from wabolt.optin.models.settings import NumberRequest, OptinSettings

__all__ = [
    "Draw",
    "DrawTicket",
    "DrawWinner",
    "Entrant",
    "Entry",
    "EntryPoint",
    "EventReminder",
    "Giveaway",
    "NumberRequest",
    "Offer",
    "OptinSettings",
    "PageLink",
    "Placement",
    "Registration",
    "Score",
    "ShopEvent",
    "new_slug",
]
