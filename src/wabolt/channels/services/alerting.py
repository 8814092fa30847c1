"""Alerts about numbers that send nothing. An alert shows a strip on every page."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import (
    open_alert,
    open_alert_of_installation,
    reconcile_alerts,
    resolve_alert,
    resolve_alert_of_installation,
)
from wabolt.channels import queries
from wabolt.channels.models import Channel
from wabolt.lib import clock

STOPPED, PAUSED, WARNED = "channel.stopped", "channel.paused", "channel.warned"
SILENT, QUALITY = "channel.phone_silent", "channel.quality"
CLOCK = "installation.clock_ahead"
SILENT_AFTER = timedelta(hours=24)
"""Silence of the shop's phone after which the alert opens. It is longer than a night, and WhatsApp unlinks this device
after 14 days."""
STOPPED_OFFLINE = {"refused", "replaced", "outdated"}
"""Reasons for being offline that need attention at once. All others usually pass within seconds."""
OFFLINE_AFTER = timedelta(minutes=30)
"""Time without a connection, for any other reason, that needs attention. A router needs minutes to start again."""
CONNECTS_WITHIN = timedelta(minutes=10)
"""Time that a number gets when this process first sees it offline: the machine may have slept or been off."""
_waits = clock.Waits()


def update_state_alert(channel: Channel, state: str, detail: Mapping[str, Any]) -> None:
    """Opens the alert of a number that cannot send, or resolves it; in the caller's transaction."""
    why = str(detail.get("why", ""))
    if state in {Channel.State.LOGGED_OUT, Channel.State.BANNED} or (
        state == Channel.State.OFFLINE and why in STOPPED_OFFLINE
    ):
        data = {"name": channel.name, "state": state, "why": why}
        open_alert(workspace=channel.workspace, kind=STOPPED, subject=str(channel.pk), data=data)
    elif state == Channel.State.CONNECTED:
        resolve_alert(workspace=channel.workspace, kind=STOPPED, subject=str(channel.pk))


def open_pause_alert(channel: Channel, reason: str, resume_at: datetime | None, *, is_warning: bool = False) -> None:
    """Opens the alert of a paused number; in the caller's transaction. `is_warning`: the vendor caused the pause."""
    data = {"name": channel.name, "reason": reason, "resume_at": resume_at.isoformat() if resume_at else ""}
    kind = WARNED if is_warning else PAUSED
    open_alert(workspace=channel.workspace, kind=kind, subject=str(channel.pk), data=data)


def resolve_pause_alert(channel: Channel) -> None:
    """Resolves the alert of a paused number; in the caller's transaction."""
    for kind in (PAUSED, WARNED):
        resolve_alert(workspace=channel.workspace, kind=kind, subject=str(channel.pk))


def resolve_alerts_of_archived(channel: Channel) -> None:
    """Resolves all alerts of an archived number; in the caller's transaction."""
    for kind in (STOPPED, PAUSED, WARNED, SILENT, QUALITY):
        resolve_alert(workspace=channel.workspace, kind=kind, subject=str(channel.pk))


def register_alerts() -> None:
    """Registers the kinds of alert. Called once at start."""
    register(
        AlertKind(
            STOPPED, gettext_lazy("A number sends nothing"), _stopped, "critical", _numbers_page,
            advice=_what_to_do, outline=_stopped,
        ),
        AlertKind(
            WARNED, gettext_lazy("WhatsApp warned a number"), _paused, "critical", _numbers_page, advice=_less,
            outline=_paused,
        ),
        # A member paused the number on purpose: pages show a strip, and no member gets a message.
        AlertKind(PAUSED, gettext_lazy("A number is paused"), _paused, "warning", _numbers_page, channels=()),
        AlertKind(
            SILENT, gettext_lazy("The shop's phone is silent"), _silent, "warning", _numbers_page, outline=_silent,
        ),
        AlertKind(
            QUALITY, gettext_lazy("People complain about a number"), _quality, "warning", _numbers_page, advice=_less,
        ),
        AlertKind(
            CLOCK, gettext_lazy("The clock of this computer is wrong"), _ahead, "critical", _numbers_page,
            advice=_set_clock, outline=_ahead,
        ),
    )  # fmt: skip


@transaction.atomic
def check_connections() -> None:
    """Opens the alerts of numbers that stay offline, in all workspaces. `update_state_alert` resolves them. The row
    lock prevents an alert for a number that connects at the same moment."""
    offline = Channel.objects.filter(archived_at=None, state=Channel.State.OFFLINE).select_related("workspace")
    for channel in offline.select_for_update(of=("self",)).order_by("pk"):
        end = channel.state_since + OFFLINE_AFTER
        if not _waits.knows(end):
            _waits.begin(end, max(end - clock.now(), CONNECTS_WITHIN))
        if _waits.is_over(end):
            data = {"name": channel.name, "state": channel.state, "why": str(channel.state_detail.get("why", ""))}
            open_alert(workspace=channel.workspace, kind=STOPPED, subject=str(channel.pk), data=data)


def check_numbers() -> None:
    """Opens and resolves the alerts about silent phones and the vendor's quality rating, in all workspaces."""
    active = Channel.objects.filter(archived_at=None)
    since = clock.now() - SILENT_AFTER
    phones = active.filter(state=Channel.State.CONNECTED, linked_number__phone_off_since__lt=since)
    rows = phones.values_list("workspace", "pk", "name", "linked_number__phone_off_since")
    silent = {(shop, str(pk)): {"name": name, "since": str(moment)} for shop, pk, name, moment in rows}
    reconcile_alerts(kind=SILENT, found=silent)
    rated = active.filter(cloud_account__quality__in=["yellow", "red"])
    ratings = rated.values_list("workspace", "pk", "name", "cloud_account__quality")
    low = {(shop, str(pk)): {"name": name, "quality": quality} for shop, pk, name, quality in ratings}
    reconcile_alerts(kind=QUALITY, found=low)


def check_clock() -> None:
    """Opens or resolves the alert about a clock that is ahead of WhatsApp's."""
    lead = queries.machine_clock_lead()
    if lead is None:
        resolve_alert_of_installation(kind=CLOCK)
    else:
        open_alert_of_installation(kind=CLOCK, data={"minutes": round(lead / timedelta(minutes=1))})


def _stopped(_subject: str, data: Mapping[str, Any]) -> str:
    name, state = str(data.get("name", "")), data.get("state")
    if state == Channel.State.BANNED:
        return _("%(name)s is blocked by WhatsApp. Nothing is sent.") % {"name": name}
    if state == Channel.State.LOGGED_OUT:
        return _("%(name)s is unlinked. Nothing is sent until it is linked again.") % {"name": name}
    return _("%(name)s cannot connect to WhatsApp. Nothing is sent.") % {"name": name}


def _paused(_subject: str, data: Mapping[str, Any]) -> str:
    values = {"name": str(data.get("name", "")), "reason": str(data.get("reason", ""))}
    return _("%(name)s is paused: %(reason)s") % values


def _what_to_do(_subject: str, data: Mapping[str, Any]) -> str:
    if data.get("state") == Channel.State.BANNED:
        return _("Open WhatsApp Business on the shop's phone: it says what you can do.")
    if data.get("state") == Channel.State.LOGGED_OUT:
        return _("Link it again: it takes one scan with the shop's phone.")
    if data.get("state") == Channel.State.OFFLINE and data.get("why") not in STOPPED_OFFLINE:
        return _("Check the internet connection. If it works, start WABolt again; nothing is sent twice.")
    return _("Open the number's page: it says what to do.")


def _less(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("Send fewer promotions for some days, and only to people who answer.")


def _silent(_subject: str, data: Mapping[str, Any]) -> str:
    values = {"name": str(data.get("name", ""))}
    return _("The phone of %(name)s is off or without internet. After 14 days WhatsApp unlinks WABolt.") % values


def _quality(_subject: str, data: Mapping[str, Any]) -> str:
    values = {"name": str(data.get("name", ""))}
    if data.get("quality") == "red":
        return _("Many people block %(name)s or report it. Meta rates it red.") % values
    return _("People block %(name)s or report it. Meta rates it yellow.") % values


def _ahead(_subject: str, data: Mapping[str, Any]) -> str:
    values = {"minutes": int(data.get("minutes") or 0)}
    return (
        _(
            "The clock of the computer with WABolt is %(minutes)s minutes ahead. From 5 minutes on, messages look too"
            " old for automatic replies, and customers get none."
        )
        % values
    )


def _set_clock(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("Switch on the automatic setting of the time on that computer.")


def _numbers_page(_subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("channels:list")
