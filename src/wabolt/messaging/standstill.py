"""The alert about a number whose messages wait although nothing holds them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wabolt.alerts.registry import AlertKind, register
from wabolt.alerts.services import reconcile_alerts
from wabolt.lib import clock
from wabolt.lib.sql import statement
from wabolt.ui.filters import number_id

STANDSTILL = "lane.standstill"
LATE = timedelta(minutes=15)
"""Time without progress. A reply leaves within seconds; the slowest pace of promotions is one message a minute."""
MOST_COUNTED = 1000
_LANES = statement(__file__, "standing_lanes")


def register_alert() -> None:
    """Registers the kind; called from `MessagingConfig.ready`."""
    register(
        AlertKind(
            STANDSTILL, gettext_lazy("Messages are not sent"), _sentence, "critical", _page, "agent", advice=_advice,
            grace=timedelta(minutes=5),
        )
    )  # fmt: skip


def check_lanes() -> None:
    """Opens and resolves the alerts of all workspaces."""
    late = clock.now() - LATE
    with connection.cursor() as cursor:
        cursor.execute(_LANES, {"late": late, "now": clock.now(), "most": MOST_COUNTED})
        rows = cursor.fetchall()
    found = {(shop, str(pk)): {"name": name, "count": count} for shop, pk, name, count in rows}
    reconcile_alerts(kind=STANDSTILL, found=found)


def _sentence(_subject: str, data: Mapping[str, Any]) -> str:
    count = int(data.get("count") or 0)
    values = {"name": str(data.get("name", "")), "count": number_id(min(count, MOST_COUNTED))}
    if count > MOST_COUNTED:
        return _("More than %(count)s messages of %(name)s wait and are not sent.") % values
    return _("%(count)s messages of %(name)s wait and are not sent.") % values


def _advice(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("Check the internet connection. If it works, start WABolt again; nothing is sent twice.")


def _page(_subject: str, _data: Mapping[str, Any]) -> str:
    return reverse("channels:list")
