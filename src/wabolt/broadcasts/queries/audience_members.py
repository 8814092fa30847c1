"""The members of a draft's audience, before anything is sent."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.queries.audience import HELD_OUT, audience_sql
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import PHONE_SQL
from wabolt.lib import clock
from wabolt.segments.queries import from_json, sample_contacts

_COUNT = "SELECT count(*) FROM ({audience}) a WHERE {wanted}"
_PAGE = f"""
SELECT c.id, c.name, c.city, {PHONE_SQL}
  FROM ({{audience}}) a JOIN contacts_contact c ON c.id = a.contact_id
 WHERE {{wanted}}
 ORDER BY c.id DESC OFFSET %(offset)s LIMIT %(limit)s
"""
_RECEIVES = f"a.reason = '' AND NOT {HELD_OUT}"
_WANTED = {"": _RECEIVES, "held_out": f"a.reason = '' AND {HELD_OUT}"}
_LOOKED_AT = 200
"""Number of members of the segment that are tried first for a preview. Evaluating a whole segment takes too long while
a person types."""


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
        wanted = _WANTED.get(reason, "a.reason = %(wanted)s")
        self.count_sql, self.page_sql = (sql.format(audience=audience, wanted=wanted) for sql in (_COUNT, _PAGE))
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
    """Returns the members that are excluded for `reason`; "" selects those who would get the broadcast and "held_out"
    the comparison group. Raises segments.queries.BrokenSegment."""
    return AudienceMembers(broadcast, reason)


def sample_receivers(broadcast: Broadcast, limit: int) -> list[Contact]:
    """Returns up to `limit` contacts who would get the broadcast, newest first. The broadcast may be unsaved.

    Raises segments.queries.BrokenSegment, and SegmentError when the stored tree cannot be read.
    """
    tree = from_json(broadcast.segment_tree)
    tried = sample_contacts(broadcast.workspace, tree, _LOOKED_AT)
    audience, params = audience_sql(broadcast, clock.now(), contacts=[contact.pk for contact in tried])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT a.contact_id FROM ({audience}) a WHERE {_RECEIVES}", params)
        receiving = {pk for (pk,) in cursor.fetchall()}
    if receiving or len(tried) < _LOOKED_AT:
        return [contact for contact in tried if contact.pk in receiving][:limit]
    ids = [member.contact_id for member in audience_members(broadcast, "")[:limit]]
    found = Contact.objects.filter(workspace=broadcast.workspace).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]
