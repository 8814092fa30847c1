"""The figures of the dashboard that are kept ready."""

from wabolt.analytics.queries.overview import PEOPLE_TALLY, count_people
from wabolt.contacts.registry import TallyKind, register_tally

KINDS = frozenset(
    {
        "contact_created",
        "contact_erased",
        "contact_merged",
        "contact_parted",
        "consent_granted",
        "consent_withdrawn",
    }
)


def register() -> None:
    """Called from `AnalyticsConfig.ready`."""
    register_tally(TallyKind(PEOPLE_TALLY, KINDS, lambda event: [event.workspace_id], count_people))
