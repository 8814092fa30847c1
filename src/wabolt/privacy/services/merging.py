"""Requests of two contacts that are one person: what merges them, and what parts them again."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import override

from wabolt.accounts.models import Workspace
from wabolt.privacy.models import DataRequest, RequestStep
from wabolt.privacy.services.requests import add_step, close

_OPEN = (DataRequest.State.OPEN, DataRequest.State.ERASING)


def join_requests(*, workspace: Workspace, kept_id: int, absorbed_id: int) -> dict[str, list[int]]:
    """Gives the kept contact every request that the merge left with the absorbed one, in the caller's transaction.

    One open request of each kind goes on: the one whose erasure is confirmed, else the older one, whose time is over
    first. The other is closed. Returns what `part_requests` needs.
    """
    both = DataRequest.objects.filter(workspace=workspace, contact__in=[kept_id, absorbed_id])
    rows = both.select_for_update(of=("self",)).select_related("workspace").order_by("opened_at", "pk")
    waiting = sorted((one for one in rows if one.is_open), key=lambda one: one.state != DataRequest.State.ERASING)
    goes_on: dict[str, DataRequest] = {}
    closed = []
    for request in waiting:
        first = goes_on.setdefault(request.kind, request)
        if first is not request:
            with override(workspace.language):
                note = _("Two contacts became one: request no. %(number)s asks for the same and goes on.") % {
                    "number": first.pk
                }
            close(request, DataRequest.State.CANCELLED, RequestStep.Kind.NOTED, None, note)
            closed.append(request.pk)
    moved = [one.pk for one in rows if one.contact_id == absorbed_id]
    DataRequest.objects.filter(pk__in=moved).update(contact=kept_id)
    return {"moved": moved, "closed": closed}


def part_requests(
    *, workspace: Workspace, kept_id: int, absorbed_id: int, moved: Sequence[int], closed: Sequence[int]
) -> None:
    """Undoes `join_requests`, in the caller's transaction: each person has their own open request again."""
    DataRequest.objects.filter(workspace=workspace, pk__in=moved, contact=kept_id).update(contact=absorbed_id)
    again = DataRequest.objects.filter(
        workspace=workspace,
        pk__in=closed,
        contact__in=[kept_id, absorbed_id],
        state=DataRequest.State.CANCELLED,
    )
    for request in again.order_by("pk").select_for_update(of=("self",)):
        same = DataRequest.objects.filter(contact=request.contact_id, kind=request.kind, state__in=_OPEN)
        if not same.exists():
            request.state, request.closed_at = DataRequest.State.OPEN, None
            request.save(update_fields=["state", "closed_at"])
            add_step(request, RequestStep.Kind.OPENED, None)
