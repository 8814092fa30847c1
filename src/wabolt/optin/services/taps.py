"""Counts taps on the links of a page."""

from django.db.models import F

from wabolt.accounts.services import Verdict, VisitorLimits, admit_visitor
from wabolt.optin.models import EntryPoint, PageLink

_LIMITS = VisitorLimits(per_address=30, per_network=300, per_object=20_000)
"""Taps that count in ten minutes. More of them from one address come from a program."""


def record_tap(*, point: EntryPoint, link: PageLink, ip: str) -> bool:
    """Counts a tap unless its visitor has tapped very often. `ip`: of the visitor. Returns whether it counts."""
    verdict = admit_visitor(workspace=point.workspace, purpose="tap", subject=link.pk, ip=ip, limits=_LIMITS)
    if verdict is not Verdict.ADMITTED:
        return False
    return bool(PageLink.objects.filter(pk=link.pk).update(taps=F("taps") + 1))
