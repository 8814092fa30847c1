"""Reads of breaches, and the text of the notice to the people."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.privacy.models import Breach
from wabolt.segments.queries import BrokenSegment, count_contacts, segment_tree


def breaches(workspace: Workspace) -> QuerySet[Breach]:
    """The breaches of a shop, newest first."""
    return Breach.objects.filter(workspace=workspace).order_by("-pk")


def get_breach(workspace: Workspace, breach_id: int) -> Breach | None:
    """One breach of the workspace."""
    return Breach.objects.filter(workspace=workspace, pk=breach_id).select_related("workspace", "segment").first()


def count_affected(breach: Breach) -> int:
    """The number of contacts in the chosen segment now; 0 without one, or for one that can no longer be read."""
    if breach.segment is None:
        return 0
    try:
        return count_contacts(breach.workspace, segment_tree(breach.segment))
    except BrokenSegment:
        return 0


def notice_text(breach: Breach) -> str:
    """The text of the notice by WhatsApp, in the language of the shop."""
    with override(breach.workspace.language):
        parts = [
            _("Important notice from %(shop)s about your data.") % {"shop": breach.workspace.name},
            breach.cause,
            breach.risk,
            breach.measures,
            breach.advice,
        ]
    return "\n\n".join(part for part in parts if part)[:4000]
