"""Alerts about the consumers of the event log: one is far behind, or has set events aside."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.accounts.models import Workspace
from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import reconcile_alerts
from wabolt.contacts.models import ParkedEvent
from wabolt.contacts.queries import consumer_lags
from wabolt.ui.filters import number_id

BEHIND, PARKED = "consumer.behind", "consumer.parked"
FAR_BEHIND = 10_000
"""Unread events from which a consumer is reported: a running one reads twice as many in a second."""


def register_alerts() -> None:
    """Registers the kinds; called from `ContactsConfig.ready`."""
    register(
        AlertKind(BEHIND, gettext_lazy("Figures are late"), _behind, "warning", _page, "manager"),
        AlertKind(PARKED, gettext_lazy("Events could not be processed"), _parked, "info", _page, "manager"),
    )


def check_consumers() -> None:
    """Opens and resolves the alerts of all workspaces."""
    late = [lag for lag in consumer_lags(None) if lag.unread >= FAR_BEHIND]
    shops = Workspace.objects.values_list("pk", flat=True) if late else ()
    reconcile_alerts(
        kind=BEHIND,
        found={(shop, lag.consumer.name): {"unread": lag.unread} for shop in shops for lag in late},
    )
    parked = ParkedEvent.objects.filter(retry_at=None).values_list("workspace").annotate(Count("pk")).order_by()
    reconcile_alerts(kind=PARKED, found={(shop, ""): {"count": count} for shop, count in parked})


def _behind(_subject: str, data: Mapping[str, Any]) -> str:
    return _("Figures are late: %(count)s events still wait to be counted.") % {"count": number_id(data.get("unread"))}


def _parked(_subject: str, data: Mapping[str, Any]) -> str:
    count = int(data.get("count") or 0)
    return ngettext(
        "%(count)s event could not be processed.", "%(count)s events could not be processed.", count
    ) % {"count": number_id(count)}  # fmt: skip


def _page(_subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("contacts:consumers")
