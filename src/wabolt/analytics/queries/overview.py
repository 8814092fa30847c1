"""The figures of the dashboard."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from wabolt.accounts.models import Workspace

# From the sums that triggers keep (contacts.Tally). Few contacts are erased; those who had agreed are subtracted.
PEOPLE = """
SELECT coalesce(sum(amount) FILTER (WHERE name = 'contacts' AND part = 'known'), 0)::bigint,
       coalesce(sum(amount) FILTER (WHERE name = 'consents' AND part = 'granted'), 0)::bigint
       - (SELECT count(*) FROM contacts_contact c
            JOIN consent_consent k ON k.contact_id = c.id AND k.purpose = 'marketing' AND k.state = 'granted'
           WHERE c.workspace_id = %(workspace)s AND c.erased_at IS NOT NULL AND k.workspace_id = %(workspace)s)
  FROM contacts_tally
 WHERE workspace_id = %(workspace)s AND name IN ('contacts', 'consents') AND subject = %(workspace)s
"""
GROWTH = """
SELECT days.day::date,
       count(*) FILTER (WHERE e.action = 'granted'), count(*) FILTER (WHERE e.action = 'withdrawn')
  FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS days (day)
  LEFT JOIN consent_consentevent e ON e.workspace_id = %(workspace)s AND e.purpose = 'marketing'
   AND e.at >= %(since)s AND (e.at AT TIME ZONE %(timezone)s)::date = days.day::date
 GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    granted: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures of a workspace. `people`: known contacts. `agreed`: contacts who agreed to promotions. `growth`: one
    entry per day, oldest first."""

    people: int
    agreed: int
    growth: list[Day]

    @property
    def granted(self) -> int:
        return sum(day.granted for day in self.growth)

    @property
    def withdrawn(self) -> int:
        return sum(day.withdrawn for day in self.growth)


def overview(workspace: Workspace, now: datetime, days: int = 30) -> Overview:
    """Returns the people of the workspace and the changes of their permission over the last `days` local days."""
    last = now.astimezone(workspace.tz).date()
    first = last - timedelta(days=days - 1)
    since = datetime.combine(first, datetime.min.time(), tzinfo=workspace.tz)
    scope: dict[str, Any] = {
        "workspace": workspace.pk,
        "first": first,
        "last": last,
        "since": since,
        "timezone": workspace.timezone,
    }
    with connection.cursor() as cursor:
        cursor.execute(GROWTH, scope)
        growth = [Day(*row) for row in cursor.fetchall()]
        cursor.execute(PEOPLE, scope)
        people, agreed = cursor.fetchone()
    return Overview(people, agreed, growth)
