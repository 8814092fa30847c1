"""Pure rules of consent: the hash chain of the ledger, the refusals of a person, and the meaning of words."""

from wabolt.consent.rules.clarity import Clarity, clarity_of
from wabolt.consent.rules.ledger import (
    OWN_WORDS,
    Break,
    CommonPart,
    Entry,
    Sealed,
    Sealer,
    canonical,
    chain,
    first_break,
    impersonal,
    plain_evidence,
    redacted_text,
    wording_digest,
)
from wabolt.consent.rules.refusals import REFUSALS, PersonFacts, Refusal, refusal_of, refusal_sql
from wabolt.consent.rules.words import (
    ALWAYS_STOP,
    START_WORDS,
    STOP_WORDS,
    Meaning,
    is_stop,
    meaning_of,
    tells_how_to_stop,
)

__all__ = [
    "ALWAYS_STOP",
    "OWN_WORDS",
    "REFUSALS",
    "START_WORDS",
    "STOP_WORDS",
    "Break",
    "Clarity",
    "CommonPart",
    "Entry",
    "Meaning",
    "PersonFacts",
    "Refusal",
    "Sealed",
    "Sealer",
    "canonical",
    "chain",
    "clarity_of",
    "first_break",
    "impersonal",
    "is_stop",
    "meaning_of",
    "plain_evidence",
    "redacted_text",
    "refusal_of",
    "refusal_sql",
    "tells_how_to_stop",
    "wording_digest",
]
