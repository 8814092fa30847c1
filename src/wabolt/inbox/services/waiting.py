"""Writes of the inbox: the answer time, and the alert about customers who wait too long."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import reconcile_alerts
from wabolt.inbox.models import AnswerTime
from wabolt.inbox.queries import FORGOTTEN, count_late, late_of
from wabolt.lib import clock
from wabolt.ui.filters import duration, number_id

WAITING = "inbox.waiting"


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
    late = late_of(list(Workspace.objects.all()), clock.now())
    found = {(shop, ""): {"count": count, "minutes": late[shop].minutes} for shop, count in count_late(late).items()}
    reconcile_alerts(kind=WAITING, found=found)


def _sentence(_subject: str, data: Mapping[str, Any]) -> str:
    count, minutes = int(data.get("count") or 0), int(data.get("minutes") or AnswerTime().minutes)
    sentence = ngettext(
        "%(count)s customer has waited longer than %(time)s (last %(days)s days).",
        "%(count)s customers have waited longer than %(time)s (last %(days)s days).",
        count,
    )
    return sentence % {"count": number_id(count), "days": FORGOTTEN.days, "time": duration(minutes * 60)}


def _page(_subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("inbox:list") + "?show=late"
