"""Who works a lane: a lease on the database's clock, and a token that grows with each holder.

The token is the fence. A holder that froze and woke up finds its token outdated in the same transaction that would
claim a message; and because its own monotonic clock went on while it was frozen, it also knows before it calls the
provider for what it claimed just before freezing.
"""

import os
import secrets
import socket
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from wabolt.channels.models import Channel
from wabolt.messaging.outbox.models import Lane


class LeaseLostError(Exception):
    """Somebody else may be working this lane: nothing more may start here."""


@dataclass(slots=True)
class Lease:
    """A lane held by this process. `deadline` (monotonic seconds) is when others may take it."""

    channel_id: int
    token: int
    holder: str
    deadline: float

    @property
    def held(self) -> bool:
        return time.monotonic() < self.deadline

    def renewed(self, started: float) -> None:
        """The database has it renewed by a statement that began not before `started`."""
        self.deadline = max(self.deadline, started + seconds())


def holder_name() -> str:
    """A name no other process has, now or after a restart."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def seconds() -> float:
    """How long a lease lasts unless it is renewed."""
    return float(settings.LANE_LEASE_SECONDS)


def ensure_lanes(channel_ids: Iterable[int]) -> None:
    """Makes the missing lanes of these channels."""
    missing = set(channel_ids) - set(Lane.objects.values_list("pk", flat=True))
    Lane.objects.bulk_create([Lane(channel_id=pk) for pk in missing], ignore_conflicts=True)


def acquire(holder: str, channels: Collection[int] | None = None) -> list[Lease]:
    """Takes every lane (of these channels) that nobody holds or whose lease ran out, each under a new token. What an
    earlier holder left in flight becomes `unknown`: it may have gone out, so it is never sent again by itself."""
    started = time.monotonic()
    wanted = Channel.objects.filter(archived_at=None)
    if channels is not None:
        wanted = wanted.filter(pk__in=channels)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH free AS (
                SELECT channel_id FROM messaging_lane WHERE channel_id = ANY(%s)
                AND (lease_until IS NULL OR lease_until < clock_timestamp()) FOR NO KEY UPDATE SKIP LOCKED)
            UPDATE messaging_lane l
            SET holder = %s, token = l.token + 1, lease_until = clock_timestamp() + make_interval(secs => %s)
            FROM free WHERE l.channel_id = free.channel_id RETURNING l.channel_id, l.token
            """,
            [list(wanted.values_list("pk", flat=True)), holder, seconds()],
        )
        leases = [Lease(pk, token, holder, started + seconds()) for pk, token in cursor.fetchall()]
    for lease in leases:
        _doubt(lease)
    return leases


def renew(leases: Collection[Lease]) -> list[Lease]:
    """Renews these leases and returns the ones that are lost. One whose lane is busy with a claim right now is left
    for the next round: the claim renews it too."""
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH ours AS (
                SELECT l.channel_id FROM messaging_lane l
                JOIN unnest(%s::bigint[], %s::bigint[]) AS v (channel_id, token)
                  ON v.channel_id = l.channel_id AND v.token = l.token
                WHERE l.lease_until > clock_timestamp() FOR NO KEY UPDATE OF l SKIP LOCKED)
            UPDATE messaging_lane l SET lease_until = clock_timestamp() + make_interval(secs => %s)
            FROM ours WHERE l.channel_id = ours.channel_id RETURNING l.channel_id, l.token
            """,
            [[lease.channel_id for lease in leases], [lease.token for lease in leases], seconds()],
        )
        renewed = set(cursor.fetchall())
    for lease in leases:
        if (lease.channel_id, lease.token) in renewed:
            lease.renewed(started)
    return [lease for lease in leases if not lease.held]


def release(lease: Lease) -> None:
    """Lets a lane go, so that another holder need not wait for the lease to run out."""
    Lane.objects.filter(pk=lease.channel_id, token=lease.token).update(holder="", lease_until=None)
    lease.deadline = 0.0


def _doubt(lease: Lease) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE messaging_message SET state = 'unknown', reason = 'interrupted'
            WHERE channel_id = %s AND state = 'sending' AND coalesce(lane_token, 0) < %s
            """,
            [lease.channel_id, lease.token],
        )
