"""Alerts about the consumers of the event log: one is far behind, or has set events aside."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.models import Workspace
from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import reconcile_alerts
from wabolt.contacts.models import Consumer, ParkedEvent
from wabolt.contacts.queries import consumer_lags
from wabolt.contacts.queries.consumers import LAG_COUNTED
from wabolt.contacts.registry import consumers
from wabolt.lib import clock
from wabolt.ui.filters import number_id

BEHIND, PARKED = "consumer.behind", "consumer.parked"
STILL = timedelta(minutes=15)
"""Time without progress from which a consumer with unread events is reported. A running one commits every second."""


def register_alerts() -> None:
    """Registers the kinds; called from `ContactsConfig.ready`."""
    register(
        AlertKind(BEHIND, gettext_lazy("Figures are late"), _behind, "warning", _page, "manager", advice=_restart),
        AlertKind(PARKED, gettext_lazy("Events could not be processed"), _parked, "info", _page, "manager"),
    )


def check_consumers() -> None:
    """Opens and resolves the alerts of all workspaces."""
    still = _still_consumers()
    shops = Workspace.objects.values_list("pk", flat=True) if still else ()
    reconcile_alerts(
        kind=BEHIND,
        found={
            (shop, name): {"unread": unread, "since": since.isoformat()}
            for shop in shops
            for name, (unread, since) in still.items()
        },
    )
    parked = ParkedEvent.objects.filter(retry_at=None).values_list("workspace").annotate(Count("pk")).order_by()
    reconcile_alerts(kind=PARKED, found={(shop, ""): {"count": count} for shop, count in parked})


def _still_consumers() -> dict[str, tuple[int, datetime]]:
    """{name: (unread events, since when)} of consumers that have unread events and have read none for STILL.

    A large number alone is no reason: an import or a new installation adds many events at once, and a running consumer
    reads them within minutes. The time of an event is no reason either, because imported events are years old.
    """
    now, lagging = clock.now(), {}
    stored = dict(Consumer.objects.values_list("name", "unread_since"))
    for lag in consumer_lags(None):
        name = lag.consumer.name
        since = (stored.get(name) or now) if lag.unread else None
        if stored.get(name) != since:
            Consumer.objects.filter(name=name).update(unread_since=since)
        if since is not None and lag.moved_at is not None:
            last = max(since, lag.moved_at)
            if now - last >= STILL:
                lagging[name] = (lag.unread, last)
    return lagging


def _behind(subject: str, data: Mapping[str, Any]) -> str:
    consumer = consumers().get(subject)
    values = {"what": str(consumer.label) if consumer else subject, "count": number_id(data.get("unread"))}
    if data.get("unread") == LAG_COUNTED:
        return _("%(what)s: nothing has been counted for a while. More than %(count)s events wait.") % values
    return _("%(what)s: nothing has been counted for a while. %(count)s events wait.") % values


def _restart(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("Start WABolt again. Nothing is lost: the events are counted afterwards.")


def _parked(_subject: str, data: Mapping[str, Any]) -> str:
    count = int(data.get("count") or 0)
    return ngettext(
        "%(count)s event could not be processed.", "%(count)s events could not be processed.", count
    ) % {"count": number_id(count)}  # fmt: skip


def _page(_subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("contacts:consumers")
