"""Writes of the inbox: the answer time, and the alert about customers who wait too long."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.queries import opening_hours_of
from wabolt.accounts.services import record_audit
from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import reconcile_alerts
from wabolt.inbox.models import AnswerTime
from wabolt.lib import clock
from wabolt.ui.filters import number_id

WAITING = "inbox.waiting"
FORGOTTEN = timedelta(days=7)
"""An unanswered message that is older than this causes no alert: the team has decided not to answer it."""
_WAITING = """
SELECT s.workspace_id, count(*) FROM unnest(%(shops)s::bigint[], %(since)s::timestamptz[]) AS s (workspace_id, since)
  JOIN messaging_conversation k ON k.workspace_id = s.workspace_id AND k.unanswered > 0
   AND k.last_inbound_at <= s.since AND k.last_inbound_at > %(forgotten)s
  JOIN contacts_contact c ON c.id = k.contact_id AND c.erased_at IS NULL
 GROUP BY s.workspace_id
"""


@transaction.atomic
def save_answer_time(*, workspace: Workspace, minutes: int, by: User) -> AnswerTime:
    """Stores the open minutes after which a waiting customer causes an alert; 0 turns the alert off."""
    stored = AnswerTime.objects.filter(workspace=workspace).first() or AnswerTime(workspace=workspace)
    changes = {"minutes": [str(stored.minutes), str(minutes)]} if stored.minutes != minutes else {}
    stored.minutes = minutes
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
    chosen = dict(AnswerTime.objects.values_list("workspace", "minutes"))
    workspaces = list(Workspace.objects.all())
    hours = opening_hours_of(workspaces)
    default = AnswerTime().minutes
    shops, since = [], []
    for workspace in workspaces:
        minutes = chosen.get(workspace.pk, default)
        before = hours[workspace.pk].waited_since(minutes, now) if minutes else None
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
    return reverse("inbox:list") + "?show=waiting"
