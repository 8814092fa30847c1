"""The members of a draft's audience, before anything is sent."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries.audience import audience_sql
from wabolt.contacts.queries import PHONE_SQL
from wabolt.lib import clock

_COUNT = "SELECT count(*) FROM ({audience}) a WHERE a.reason = %(wanted)s"
_PAGE = f"""
SELECT c.id, c.name, c.city, {PHONE_SQL}
  FROM ({{audience}}) a JOIN contacts_contact c ON c.id = a.contact_id
 WHERE a.reason = %(wanted)s
 ORDER BY c.id DESC OFFSET %(offset)s LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class AudienceMember:
    """A contact of the audience; `phone` is E.164, None for a hidden number."""

    contact_id: int
    name: str
    city: str
    phone: str | None


class AudienceMembers:
    """Members with the same exclusion reason, newest contact first. Counts and slices run in SQL, as Django's Paginator
    needs them."""

    def __init__(self, broadcast: Broadcast, reason: str) -> None:
        audience, self.params = audience_sql(broadcast, clock.now())
        self.count_sql, self.page_sql = _COUNT.format(audience=audience), _PAGE.format(audience=audience)
        self.params["wanted"] = reason

    def count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(self.count_sql, self.params)
            return int(cursor.fetchone()[0])

    __len__ = count

    def __getitem__(self, part: slice) -> list[AudienceMember]:
        start = part.start or 0
        limits: dict[str, Any] = {"offset": start, "limit": (part.stop or 0) - start}
        with connection.cursor() as cursor:
            cursor.execute(self.page_sql, self.params | limits)
            return [AudienceMember(*row) for row in cursor.fetchall()]


def audience_members(broadcast: Broadcast, reason: str) -> AudienceMembers:
    """Return the members that are excluded for `reason`; "" selects those who would get the broadcast, the comparison
    group included. Raises segments.queries.BrokenSegment."""
    return AudienceMembers(broadcast, reason)
