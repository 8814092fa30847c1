"""The leases of lanes: they do not depend on wall clocks (`lib.lease`) and have fencing tokens.

A holder that froze finds its token outdated in the transaction that would claim messages. Its monotonic clock ran on,
so it also knows before it calls the provider for messages that it claimed just before it froze.
"""

from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import connection

from wabolt.channels.models import Channel
from wabolt.lib.lease import Lease, Leases
from wabolt.messaging.outbox.models import Lane
from wabolt.messaging.outbox.services.in_flight import DeadAttempts, settle_in_flight


def seconds() -> float:
    """Duration of a lease that is not renewed."""
    return float(settings.LANE_LEASE_SECONDS)


class LaneLeases:
    """The leases of lanes as one process sees them. Use one object for the whole run: it detects a silent holder by
    comparing what it sees with what it saw before."""

    def __init__(self, holder: str | None = None) -> None:
        """`holder`: a unique name of this process; generated if not given."""
        self._leases = Leases(Lane._meta.db_table, "channel_id", seconds=seconds, holder=holder)

    def acquire(self, channels: Collection[int] | None = None) -> list[Lease]:
        """Takes every free lane (of these channels), and every lane whose holder is silent, each under a new token.
        Messages that an earlier holder left in flight become `unknown` (`settle_in_flight`)."""
        workable = Channel.objects.filter(archived_at=None)
        if channels is not None:
            workable = workable.filter(pk__in=channels)
        with connection.cursor() as cursor:
            taken = self._leases.acquire(cursor, list(workable.values_list("pk", flat=True)))
        settle_in_flight([DeadAttempts(int(lease.key), lease.token) for lease in taken])
        return taken

    def renew(self, leases: Collection[Lease]) -> list[Lease]:
        """Renews these leases and returns the lost ones. A lane that is busy with a claim is left for the next round:
        the claim renews it too."""
        with connection.cursor() as cursor:
            return self._leases.renew(cursor, leases)

    def release(self, lease: Lease) -> None:
        """Frees a lane, so that another holder need not wait for the lease to run out."""
        with connection.cursor() as cursor:
            self._leases.release(cursor, lease)


def ensure_lanes(channel_ids: Iterable[int]) -> None:
    """Creates the missing lanes of these channels."""
    missing = set(channel_ids) - set(Lane.objects.values_list("pk", flat=True))
    Lane.objects.bulk_create([Lane(channel_id=pk) for pk in missing], ignore_conflicts=True)
