"""The page "Background work": the lag of the consumers of the event log, and their parked events."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from wabolt.accounts.queries import workspace_of
from wabolt.contacts import queries, services
from wabolt.contacts.registry import consumers, event_kind
from wabolt.lib.errors import DomainError
from wabolt.lib.web import requires

SHOWN = 100
"""Maximum number of parked events on the page."""


@requires("manager")
@require_safe
def consumer_list(request: HttpRequest) -> HttpResponse:
    """Shows the lag of every consumer over this shop's events, and this shop's parked events."""
    workspace = workspace_of(request)
    registered = consumers()
    parked = list(queries.parked_events(workspace)[: SHOWN + 1])
    return render(
        request,
        "contacts/consumers.html",
        {
            "lags": queries.consumer_lags(workspace),
            "counted": queries.LAG_COUNTED,
            "parked": [
                (
                    row,
                    event_kind(row.kind).label,
                    registered[row.consumer_id].label if row.consumer_id in registered else row.consumer_id,
                )
                for row in parked[:SHOWN]
            ],
            "more": len(parked) > SHOWN,
        },
    )


@requires("manager")
@require_POST
def parked_change(request: HttpRequest, parked_id: int) -> HttpResponse:
    """Retries a parked event, or drops it (`drop`)."""
    change = services.drop_parked_event if "drop" in request.POST else services.retry_parked_event
    try:
        change(workspace=workspace_of(request), parked_id=parked_id)
    except DomainError:
        raise Http404 from None
    if "drop" in request.POST:
        messages.success(request, _("The event is dropped. It stays on the contact's timeline."))
    else:
        messages.success(request, _("The event is tried again within a few seconds."))
    return redirect("contacts:consumers")
