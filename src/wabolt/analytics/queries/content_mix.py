"""The 80/20 rule: the share of promotions among the messages of broadcasts and journeys."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from wabolt.accounts.models import Workspace
from wabolt.analytics.models import ContentAim
from wabolt.analytics.tallies import CONTENT
from wabolt.contacts.queries import kept_range
from wabolt.lib.quiet_hours import start_of
from wabolt.lib.sql import statement
from wabolt.messaging.models import MessageContent

PERIOD = timedelta(days=30)
MONTHS = 6
_MIX = statement(__file__, "content_mix")


@dataclass(frozen=True, slots=True)
class Mix:
    """The messages of a period that went out, by content class, and the people who got them.

    `personal`: the share of promotions among the messages that one person got, as an average over the people, 0 to 1.
    `useful_each`, `promotions_each`: messages per person. `month`: its first day; None: not one month.
    """

    useful: int = 0
    promotions: int = 0
    people: int = 0
    personal: float = 0.0
    useful_each: float = 0.0
    promotions_each: float = 0.0
    month: date | None = None

    @property
    def messages(self) -> int:
        return self.useful + self.promotions

    @property
    def share(self) -> float:
        """The share of promotions among the messages, 0 to 1."""
        return self.promotions / self.messages if self.messages else 0.0

    def with_promotions(self, count: int) -> "Mix":
        """The same messages with so many promotions more."""
        return replace(self, promotions=self.promotions + count)

    def exceeds(self, percent: int) -> bool:
        """Whether the share of promotions is larger than the aim."""
        return self.promotions * 100 > percent * self.messages


def aim_of(workspace: Workspace) -> int:
    """The largest share of promotions that the shop wants, in percent."""
    return (ContentAim.objects.filter(pk=workspace.pk).first() or ContentAim()).promotion_percent


def content_mix(workspace: Workspace, now: datetime) -> Mix:
    """The messages of the last 30 days."""
    found = _read(workspace, now - PERIOD, now, by_month=False)
    return found[0] if found else Mix()


def recent_mix(workspace: Workspace, now: datetime) -> Mix:
    """The messages of the last 30 days to the hour, from kept sums: without the people, and at once in any shop."""
    first = int((now - PERIOD).timestamp() // 3600)
    sums = kept_range(workspace.pk, CONTENT.name, range(first, int(now.timestamp() // 3600) + 1))
    return Mix(sums.get(MessageContent.Class.VALUE, 0), sums.get(MessageContent.Class.PROMOTION, 0))


def monthly_mix(workspace: Workspace, now: datetime) -> list[Mix]:
    """The messages of each of the last six months of the shop's calendar, oldest first, months without any included."""
    this = now.astimezone(workspace.tz).date().replace(day=1)
    months = [this]
    while len(months) < MONTHS:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    since = start_of(months[0], workspace.tz, now)
    known = {mix.month: mix for mix in _read(workspace, since, now, by_month=True)}
    return [known.get(month, Mix(month=month)) for month in months]


def _read(workspace: Workspace, since: datetime, until: datetime, *, by_month: bool) -> list[Mix]:
    values: dict[str, Any] = {
        "workspace": workspace.pk, "since": since, "until": until, "by_month": by_month, "timezone": workspace.timezone,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_MIX, values)
        return [Mix(*row) for row in cursor.fetchall()]
