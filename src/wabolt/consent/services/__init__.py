"""The writes of consent, for other rooms."""

from wabolt.consent.services.doubts import clear_doubts, hold_for_doubt, settle_doubt
from wabolt.consent.services.keywords import add_keyword, create_defaults, remove_keyword
from wabolt.consent.services.ledger import ConsentStatement, Outcome, grant, grant_each, reapply_stops, withdraw
from wabolt.consent.services.objections import object_to_profiling
from wabolt.consent.services.redaction import redact_evidence
from wabolt.consent.services.restrictions import lift_restriction, restrict
from wabolt.consent.services.suppressions import hide_suppressed, show_suppressed
from wabolt.consent.services.wordings import add_wording

__all__ = [
    "ConsentStatement",
    "Outcome",
    "add_keyword",
    "add_wording",
    "clear_doubts",
    "create_defaults",
    "grant",
    "grant_each",
    "hide_suppressed",
    "hold_for_doubt",
    "lift_restriction",
    "object_to_profiling",
    "reapply_stops",
    "redact_evidence",
    "remove_keyword",
    "restrict",
    "settle_doubt",
    "show_suppressed",
    "withdraw",
]
