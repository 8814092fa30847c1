"""The alert about messages that may mean stop and wait for a member."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from wabolt.alerts.registry import PUSH, AlertKind, register
from wabolt.alerts.services import reconcile_alerts
from wabolt.consent.models import StopDoubt
from wabolt.ui.filters import number_id

DOUBT = "consent.doubt"


def register_alert() -> None:
    """Registers the kind; called from `ConsentConfig.ready`."""
    label = gettext_lazy("A message may mean stop")
    register(AlertKind(DOUBT, label, _sentence, "warning", _page, "agent", advice=_advice, channels=(PUSH,)))


def check_doubts() -> None:
    """Opens and resolves the alerts of all workspaces: one for each workspace with doubts."""
    waiting = StopDoubt.objects.values_list("workspace").annotate(Count("pk"), Min("contact")).order_by()
    found = {(shop, ""): {"count": count, "contact": contact} for shop, count, contact in waiting}
    reconcile_alerts(kind=DOUBT, found=found)


def _sentence(_subject: str, data: Mapping[str, Any]) -> str:
    count = int(data.get("count") or 0)
    return ngettext(
        "%(count)s customer may want no more promotions.", "%(count)s customers may want no more promotions.", count
    ) % {"count": number_id(count)}  # fmt: skip


def _advice(_subject: str, _data: Mapping[str, Any]) -> str:
    return _("Read the message and decide. Until then they get no promotions.")


def _page(_subject: str, data: Mapping[str, Any]) -> str:
    """Returns the conversation with the decision above it, or the list if several contacts wait."""
    if data.get("count") == 1 and data.get("contact"):
        return f"{reverse('contacts:detail', args=[data['contact']])}?tab=conversation"
    return f"{reverse('contacts:list')}?consent=doubt"
