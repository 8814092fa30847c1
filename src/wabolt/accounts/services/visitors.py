"""Limits for visitors without a session: forms, landing pages and other public pages.

Requests are counted per internet address, per network and per object, in windows that the database's clock starts. A
window that begins later than now is over: that clock was set back. The first two count in one statement and refuse. A
refused visitor does not count against the object. The limit of an object refuses no visitor: above it the object is
crowded, and its visitors prove that they are no program (`services.challenges`). So no network, and no number of
networks, can close a form for others.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum

from django.db import connection, transaction

from wabolt.accounts.models import Workspace
from wabolt.accounts.visitor_limits import VisitorLimits, place_keys, visitor_key

_KEPT = timedelta(days=1)
# The rows are locked in the order of their keys, so two requests never wait for each other.
_COUNT = """
INSERT INTO accounts_visitorcount AS c (workspace_id, key, started_at, count)
SELECT %(workspace)s, wanted.key, clock_timestamp(), 1 FROM unnest(%(keys)s::text[]) AS wanted (key) ORDER BY wanted.key
ON CONFLICT (workspace_id, key) DO UPDATE SET (started_at, count) = (
       SELECT CASE WHEN is_over THEN clock_timestamp() ELSE c.started_at END,
              CASE WHEN is_over THEN 1 ELSE c.count + 1 END
         FROM (SELECT c.started_at NOT BETWEEN clock_timestamp() - %(window)s * interval '1 second'
                                           AND clock_timestamp()) AS old (is_over))
RETURNING key, count
"""


class Verdict(Enum):
    """The result of `admit_visitor`."""

    ADMITTED = "within all limits"
    CROWDED = "within the limits of the visitor, but very many use this object at the moment"
    REFUSED = "too many from this address or network"

    def __bool__(self) -> bool:
        """Raises TypeError: a refusal would be as true as an admission."""
        raise TypeError("compare the verdict with one of its members")


def admit_visitor(*, workspace: Workspace, purpose: str, subject: int, ip: str, limits: VisitorLimits) -> Verdict:
    """Counts a request and returns the verdict.

    `purpose` and `subject` name the object, such as ("form", 5). `ip`: "" for a client without an address, which is
    counted like one address. An IPv6 client is its /64 network, because one connection has all addresses of it.
    """
    keys = place_keys(purpose, ip)
    counts = _count(workspace, keys, limits.window)
    if counts[keys[0]] > limits.per_address or counts[keys[1]] > limits.per_network:
        return Verdict.REFUSED
    key = visitor_key(purpose, "object", str(subject))
    is_crowded = _count(workspace, [key], limits.window)[key] > limits.per_object
    return Verdict.CROWDED if is_crowded else Verdict.ADMITTED


def forget_visitors() -> int:
    """Deletes counts whose window began more than a day ago. Returns their number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM accounts_visitorcount WHERE started_at < clock_timestamp() - %s * interval '1 second'",
            [_KEPT.total_seconds()],
        )
        return int(cursor.rowcount)


def _count(workspace: Workspace, keys: Sequence[str], window: timedelta) -> dict[str, int]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COUNT, {"workspace": workspace.pk, "keys": list(keys), "window": window.total_seconds()})
        return dict(cursor.fetchall())
