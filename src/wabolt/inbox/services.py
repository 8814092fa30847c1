"""Writes of the inbox: the answer time, and the alert about customers who wait too long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import reconcile_alerts
from wabolt.inbox.models import AnswerTime
from wabolt.inbox.rules import OpeningHours, waited_since
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.ui.filters import number_id

WAITING = "inbox.waiting"
FORGOTTEN = timedelta(days=7)
"""An unread message that is older than this causes no alert: the team has decided not to answer it."""
_WAITING = """
SELECT s.workspace_id, count(*) FROM unnest(%(shops)s::bigint[], %(since)s::timestamptz[]) AS s (workspace_id, since)
  JOIN messaging_conversation k ON k.workspace_id = s.workspace_id AND k.unread > 0
   AND k.last_inbound_at <= s.since AND k.last_inbound_at > %(forgotten)s
 GROUP BY s.workspace_id
"""


@dataclass(frozen=True, slots=True)
class AnswerTimeSettings:
    """`minutes` 0 turns the alert off. `days`: open weekdays, Monday is 0."""

    minutes: int
    opens: time
    closes: time
    days: Sequence[int]


@transaction.atomic
def save_answer_time(*, workspace: Workspace, values: AnswerTimeSettings, by: User) -> AnswerTime:
    """Stores the answer time and the opening hours. Raises DomainError without an open day."""
    if values.minutes and not values.days:
        raise DomainError(_("Choose at least one day."), field="days")
    stored = AnswerTime.objects.filter(workspace=workspace).first() or AnswerTime(workspace=workspace)
    changes = {
        name: [str(getattr(stored, name)), str(getattr(values, name))]
        for name in ("minutes", "opens", "closes")
        if getattr(stored, name) != getattr(values, name)
    }
    stored.minutes, stored.opens, stored.closes = values.minutes, values.opens, values.closes
    stored.days = sorted(set(values.days) & set(range(7)))
    stored.save()
    record_audit(workspace=workspace, actor=by, action="inbox.change_answer_time", data=changes)
    return stored


def register_alert() -> None:
    """Registers the kind; called from `InboxConfig.ready`."""
    label = gettext_lazy("A customer waits for an answer")
    register(AlertKind(WAITING, label, _sentence, "warning", _page, "agent"))


def check_waiting() -> None:
    """Opens and resolves the alerts of all workspaces: one for each in which a customer waits too long."""
    now = clock.now()
    chosen = {row.workspace_id: row for row in AnswerTime.objects.all()}
    shops, since = [], []
    for workspace in Workspace.objects.all():
        times = chosen.get(workspace.pk) or AnswerTime(workspace=workspace)
        hours = OpeningHours(workspace.tz, times.days, times.opens, times.closes)
        before = waited_since(hours, times.minutes, now) if times.minutes else None
        if before is not None:
            shops.append(workspace.pk)
            since.append(before)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"shops": shops, "since": since, "forgotten": now - FORGOTTEN})
        rows = cursor.fetchall()
    reconcile_alerts(kind=WAITING, found={(shop, ""): {"count": count} for shop, count in rows})


def _sentence(_subject: str, data: Mapping[str, Any]) -> str:
    count = int(data.get("count") or 0)
    sentence = ngettext("%(count)s customer waits for an answer.", "%(count)s customers wait for an answer.", count)
    return sentence % {"count": number_id(count)}


def _page(_subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("inbox:list") + "?show=unread"
