"""The figures of the dashboard that are kept ready: people, and what broadcasts earned."""

from collections.abc import Sequence

from django.db import connection

from wabolt.analytics.queries.overview import PEOPLE_TALLY, count_people
from wabolt.analytics.queries.report import REVENUE_TALLY, count_revenue
from wabolt.contacts.registry import LoggedEvent, TallyKind, register_tally

PEOPLE_KINDS = frozenset(
    {
        "contact_created",
        "contact_erased",
        "contact_merged",
        "contact_parted",
        "consent_granted",
        "consent_withdrawn",
    }
)
REVENUE_KINDS = frozenset(
    {"link_clicked", "order_completed", "order_cancelled", "voucher_redeemed", "contact_merged", "contact_parted"}
)
_CLICKED = """
    SELECT DISTINCT b.workspace_id, b.id
    FROM messaging_click k
    JOIN messaging_trackedlink l ON l.id = k.link_id
    JOIN broadcasts_broadcast b ON b.content_id = l.content_id
    WHERE k.contact_id = ANY(%s) AND NOT k.is_bot
"""
_REDEEMED = """
    SELECT DISTINCT v.workspace_id, v.origin_id
    FROM commerce_voucher v
    WHERE v.contact_id = ANY(%s) AND v.origin_kind = 'broadcast' AND v.order_id IS NOT NULL
"""


def _workspaces(events: Sequence[LoggedEvent]) -> set[tuple[int, int]]:
    return {(event.workspace_id, event.workspace_id) for event in events}


def _earning_broadcasts(events: Sequence[LoggedEvent]) -> set[tuple[int, int]]:
    """The broadcasts that these contacts clicked in or redeemed a voucher of: only those can earn by their orders."""
    contacts = sorted({event.contact_id for event in events})
    with connection.cursor() as cursor:
        found: set[tuple[int, int]] = set()
        for query in (_CLICKED, _REDEEMED):
            cursor.execute(query, [contacts])
            found |= set(cursor.fetchall())
    return found


def register() -> None:
    """Called from `AnalyticsConfig.ready`."""
    register_tally(TallyKind(PEOPLE_TALLY, PEOPLE_KINDS, _workspaces, count_people))
    register_tally(TallyKind(REVENUE_TALLY, REVENUE_KINDS, _earning_broadcasts, count_revenue))
