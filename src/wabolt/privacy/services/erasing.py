"""The effect of an erasure on the requests of the person."""

from collections.abc import Sequence

from wabolt.accounts.models import Workspace
from wabolt.lib import clock
from wabolt.privacy.models import DataExport, DataRequest, RequestStep
from wabolt.privacy.services.deadline_alerts import resolve_request_alerts


def close_for_erased(*, workspace: Workspace, contact_ids: Sequence[int]) -> None:
    """Closes the open requests of people whose data is being erased, and removes copies and texts, in the caller's
    transaction. The history keeps what was done and when."""
    theirs = DataRequest.objects.filter(workspace=workspace, contact__in=contact_ids)
    DataExport.objects.filter(request__in=theirs).delete()
    RequestStep.objects.filter(request__in=theirs).update(note="")
    now = clock.now()
    for request in theirs.filter(state__in=("open", "erasing")).order_by("pk").select_for_update(of=("self",)):
        request.state, request.closed_at, request.erase_at = DataRequest.State.ANSWERED, now, None
        request.save(update_fields=["state", "closed_at", "erase_at"])
        RequestStep.objects.create(request=request, kind=RequestStep.Kind.ERASED, at=now)
        resolve_request_alerts(request)
