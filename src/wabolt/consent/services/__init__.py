"""Writes of consent. Everything a room above may call stands here."""

from wabolt.consent.queries import match_keyword
from wabolt.consent.services.keywords import add_keyword, create_defaults, remove_keyword
from wabolt.consent.services.ledger import Outcome, grant, reapply_stops, withdraw
from wabolt.consent.services.suppressions import hide_suppressed, show_suppressed
from wabolt.consent.services.verify import Verdict, verify
from wabolt.consent.services.wordings import add_wording

__all__ = [
    "Outcome",
    "Verdict",
    "add_keyword",
    "add_wording",
    "create_defaults",
    "grant",
    "hide_suppressed",
    "match_keyword",
    "reapply_stops",
    "remove_keyword",
    "show_suppressed",
    "verify",
    "withdraw",
]
