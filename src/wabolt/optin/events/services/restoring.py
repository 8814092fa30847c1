"""Events after a restore. Guests who registered since the backup are lost; the others stay as they were last."""

from django.db import transaction

from wabolt.lib.restore import Restore, Rows, carry_over

_EVENT = (
    "starts_at", "ends_at", "timezone", "venue", "online_url", "capacity", "cancelled_at", "cancel_reason", "sequence",
    "door_opened_at",
)  # fmt: skip
_REGISTRATION = (
    "state", "name", "sequence", "queued_at", "registered_at", "offers", "offer_until", "offer_message_id",
    "cancelled_at", "checked_in_at", "checked_in_by_id",
)  # fmt: skip


@transaction.atomic
def carry_events(restore: Restore) -> int:
    """Carries over times, cancellations, check-ins and reminders of the database that was there before. Returns how
    many rows changed.

    The counters go along: a message names one in its idempotency key, and a key that was used since is refused.
    """
    where, shops = "workspace_id = ANY(%s)", (list(restore.shops),)
    rows = (
        Rows("optin_shopevent", where, shops, same=("point_id",), update=_EVENT, insert=False),
        Rows("optin_registration", where, shops, same=("event_id", "contact_id"), update=_REGISTRATION, insert=False),
        Rows(
            "optin_eventreminder", where, shops, same=("event_id", "kind"), update=("due_at", "last_id", "done_at"),
            insert=False,
        ),
    )  # fmt: skip
    return sum(carry_over(restore, one) for one in rows)
