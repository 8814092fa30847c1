"""The facts of `rules.SendFacts` as SQL: claim, freeze and pages read them from here."""

from collections.abc import Mapping

from wabolt.consent.queries import DOUBTED_SQL, RESTRICTED_SQL, SUPPRESSED_SQL
from wabolt.messaging.outbox.rules import COUNTED_STATES, refusal_sql

COUNTED = "(" + ", ".join(f"'{state}'" for state in COUNTED_STATES) + ")"
"""`COUNTED_STATES` for an SQL IN."""

PROMOTION_FACTS: Mapping[str, str] = {
    "erased": "c.erased_at IS NOT NULL",
    "restricted": RESTRICTED_SQL,
    "consent": "k.state",
    "suppressed": SUPPRESSED_SQL,
    "doubted": DOUBTED_SQL,
    "reachable": "EXISTS (SELECT FROM contacts_identity i WHERE i.contact_id = c.id AND i.kind = ANY(%(kinds)s))",
    "window_closed": "false",
    "never_wrote": "(%(known_only)s AND c.last_inbound_at IS NULL)",
    "sent_day": "coalesce(r.sent_day, 0)",
    "sent_week": "coalesce(r.sent_week, 0)",
}
"""Over the aliases c (contacts_contact), k (its marketing consent, `CONSENT_JOIN`) and r (what it was sent lately,
`RECENT`). Parameters: workspace, kinds (identity kinds that the channel can reach), known_only (the channel writes
promotions only to people who have written to the shop)."""

CONSENT_JOIN = "LEFT JOIN consent_consent k ON k.contact_id = c.id AND k.purpose = 'marketing'"
RECENT = f"""
SELECT count(*) FILTER (WHERE p.attempted_at >= %(day)s) AS sent_day,
       count(*) FILTER (WHERE p.attempted_at >= %(week)s) AS sent_week
  FROM messaging_message p
 WHERE p.contact_id = c.id AND p.purpose = 'marketing' AND p.attempted_at >= %(week)s AND p.state IN {COUNTED}
"""
"""The promotions of one contact that count against its caps; day and week are `rules.cap_windows`."""


def promotion_refusal_sql() -> str:
    """An SQL expression for the reason that a contact gets no promotion over a channel ('' if it gets one); see
    `PROMOTION_FACTS`."""
    return refusal_sql(PROMOTION_FACTS)
