"""Alerts about broadcasts that paused automatically and wait for a member."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import reconcile_alerts
from wabolt.broadcasts.models import Broadcast

STOPPED = "broadcast.stopped"


def register_alerts() -> None:
    """Registers the alert kind. `BroadcastsConfig.ready` calls it."""
    register(AlertKind(STOPPED, gettext_lazy("A broadcast waits for you"), _stopped, "warning", _page, "manager"))


def check_broadcasts() -> None:
    """Opens an alert for each paused or draft broadcast with a problem, and resolves it when the broadcast
    continues."""
    states = [Broadcast.State.PAUSED, Broadcast.State.DRAFT]
    waiting = Broadcast.objects.filter(state__in=states).exclude(problem="")
    rows = waiting.values_list("workspace_id", "pk", "name", "problem")
    found = {(shop, str(pk)): {"name": name, "problem": problem} for shop, pk, name, problem in rows}
    reconcile_alerts(kind=STOPPED, found=found)


def _stopped(_subject: str, data: Mapping[str, Any]) -> str:
    values = {"name": str(data.get("name", "")), "problem": str(data.get("problem", ""))}
    return _("The broadcast “%(name)s” waits for you: %(problem)s") % values


def _page(subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("broadcasts:detail", args=[int(subject)]) if subject.isdigit() else reverse("broadcasts:list")
