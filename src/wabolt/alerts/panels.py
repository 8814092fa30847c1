"""Alerts on every page: the strip, and the number next to the entry in the navigation."""

from django.http import HttpRequest
from django.urls import reverse

from wabolt.accounts.models import Membership
from wabolt.accounts.queries import user_of
from wabolt.alerts import queries
from wabolt.ui.strips import Strip

_TONES = {"critical": "bad", "warning": "warning", "info": "info"}
_CACHE = "_unacknowledged_alerts"


def strips(request: HttpRequest) -> list[Strip]:
    """The strips for the unacknowledged alerts, the gravest first."""
    loud = [alert for alert in _unacknowledged(request) if alert.severity != "info"]
    loud.sort(key=lambda alert: alert.severity != "critical")
    return [
        Strip(alert.sentence, _TONES[alert.severity], alert.url or reverse("alerts:list"), reverse("alerts:list"))
        for alert in loud
    ]


def waiting(request: HttpRequest) -> int:
    """The number of open alerts that no member has acknowledged."""
    return len(_unacknowledged(request))


def _unacknowledged(request: HttpRequest) -> list[queries.Shown]:
    """The unacknowledged alerts of the request's workspace. A page asks for them once."""
    found: list[queries.Shown] | None = getattr(request, _CACHE, None)
    if found is None:
        membership = getattr(request, "membership", None)
        found = []
        if isinstance(membership, Membership):
            found = queries.unacknowledged_alerts(membership.workspace, membership.role, user_of(request))
        setattr(request, _CACHE, found)
    return found
