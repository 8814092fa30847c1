"""Stores findings about the public address."""

from datetime import datetime

from django.db import transaction

from wabolt.lib import clock
from wabolt.lib.public_address import absolute_url
from wabolt.public_address.models import AddressState
from wabolt.public_address.rules import Found


@transaction.atomic
def record_finding(
    *, part: AddressState.Part, found: Found | None, certificate_until: datetime | None = None
) -> AddressState:
    """Stores the newest finding about one part of the address; `found` is None if all is well. Returns the stored row.

    `since` changes only when the address begins or stops working.
    """
    now = clock.now()
    before = AddressState.objects.select_for_update().filter(pk=part).first()
    state = AddressState(
        part=part,
        url=absolute_url(""),
        problem=found.problem.value if found else "",
        data=dict(found.data) if found else {},
        since=now,
        checked_at=now,
        certificate_until=certificate_until,
    )
    if before and before.url == state.url and bool(before.problem) == bool(state.problem):
        state.since = before.since
    state.save(force_insert=before is None, force_update=before is not None)
    return state
