"""Settles messages with an unknown result by a member's decision."""

from collections.abc import Collection

from django.db import transaction

from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.services.common import ORIGIN, audit
from wabolt.messaging.services import settle_unknown


@transaction.atomic
def settle_doubtful(*, broadcast: Broadcast, arrived: bool, contact_ids: Collection[int] | None = None) -> int:
    """Makes the unknown messages to these recipients, or to all, `sent` or `failed`. Returns how many; one audit entry
    says it."""
    count = settle_unknown(
        workspace=broadcast.workspace, origin_kind=ORIGIN, origin_id=broadcast.pk, arrived=arrived,
        contact_ids=contact_ids,
    )  # fmt: skip
    if count:
        audit(broadcast, "broadcast.settle", {"count": count, "verdict": "sent" if arrived else "failed"})
    return count
