"""Alerts about numbers that send nothing. An alert shows a strip on every page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import open_alert, resolve_alert
from wabolt.channels.models import Channel

STOPPED, PAUSED = "channel.stopped", "channel.paused"
STOPPED_OFFLINE = {"refused", "replaced", "outdated"}
"""Reasons for being offline that need attention. All others pass within seconds."""


def tell_state(channel: Channel, state: str, detail: Mapping[str, Any]) -> None:
    """Opens the alert of a number that cannot send, or resolves it; in the caller's transaction."""
    why = str(detail.get("why", ""))
    if state in {Channel.State.LOGGED_OUT, Channel.State.BANNED} or (
        state == Channel.State.OFFLINE and why in STOPPED_OFFLINE
    ):
        data = {"name": channel.name, "state": state, "why": why}
        open_alert(workspace=channel.workspace, kind=STOPPED, subject=str(channel.pk), data=data)
    elif state == Channel.State.CONNECTED:
        resolve_alert(workspace=channel.workspace, kind=STOPPED, subject=str(channel.pk))


def tell_pause(channel: Channel, reason: str, resume_at: datetime | None) -> None:
    """Opens the alert of a paused number; in the caller's transaction."""
    data = {"name": channel.name, "reason": reason, "resume_at": resume_at.isoformat() if resume_at else ""}
    open_alert(workspace=channel.workspace, kind=PAUSED, subject=str(channel.pk), data=data)


def tell_resumed(channel: Channel) -> None:
    """Resolves the alert of a paused number; in the caller's transaction."""
    resolve_alert(workspace=channel.workspace, kind=PAUSED, subject=str(channel.pk))


def tell_archived(channel: Channel) -> None:
    """Resolves all alerts of an archived number; in the caller's transaction."""
    for kind in (STOPPED, PAUSED):
        resolve_alert(workspace=channel.workspace, kind=kind, subject=str(channel.pk))


def register_alerts() -> None:
    """Registers the kinds of alert. Called once at start."""
    register(
        AlertKind(STOPPED, gettext_lazy("A number sends nothing"), _stopped, "critical", _numbers_page),
        AlertKind(PAUSED, gettext_lazy("A number is paused"), _paused, "warning", _numbers_page),
    )


def _stopped(_subject: str, data: Mapping[str, Any]) -> str:
    name, state = str(data.get("name", "")), data.get("state")
    if state == Channel.State.BANNED:
        return _("%(name)s is blocked by WhatsApp. Nothing is sent.") % {"name": name}
    if state == Channel.State.LOGGED_OUT:
        return _("%(name)s is unlinked. Nothing is sent until it is linked again.") % {"name": name}
    return _("%(name)s cannot connect to WhatsApp. Nothing is sent.") % {"name": name}


def _paused(_subject: str, data: Mapping[str, Any]) -> str:
    told = {"name": str(data.get("name", "")), "reason": str(data.get("reason", ""))}
    return _("%(name)s is paused: %(reason)s") % told


def _numbers_page(_subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("channels:list")
