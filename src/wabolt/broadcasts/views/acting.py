"""Pause, continue, cancel, delete and copy."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wabolt.accounts.queries import user_of
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.rules import may_become
from wabolt.lib.errors import DomainError
from wabolt.lib.web import requires

from .common import access_broadcast


def _act(request: HttpRequest, broadcast_id: int, act: Callable[..., object], done: str) -> HttpResponse:
    broadcast = access_broadcast(request, broadcast_id)
    try:
        act(broadcast=broadcast)
        messages.success(request, done)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("broadcasts:detail", broadcast.pk)


@requires("manager")
@require_POST
def pause(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Pauses before the next message."""
    done = _("Paused. Nothing more goes out until you continue.")
    return _act(request, broadcast_id, services.pause, done)


@requires("manager")
@require_POST
def resume(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Continue a paused broadcast."""
    return _act(request, broadcast_id, services.resume, _("The broadcast continues."))


@requires("manager")
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Asks, then cancels the broadcast."""
    if request.method == "POST":
        done = _("Cancelled. What was already sent stays sent.")
        return _act(request, broadcast_id, services.cancel, done)
    broadcast = access_broadcast(request, broadcast_id)
    if not may_become(broadcast.state, Broadcast.State.CANCELLED):
        return redirect("broadcasts:detail", broadcast.pk)
    context = {"broadcast": broadcast, "open": queries.progress(broadcast).open}
    return render(request, "broadcasts/broadcast_confirm_cancel.html", context)


@requires("manager")
@require_POST
def unschedule(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Makes a scheduled broadcast a draft again and opens it."""
    broadcast = access_broadcast(request, broadcast_id)
    try:
        services.unschedule(broadcast=broadcast)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("broadcasts:detail", broadcast.pk)
    messages.success(request, _("It is a draft again and does not go out by itself."))
    return redirect("broadcasts:edit", broadcast.pk)


@requires("manager")
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Asks, then deletes a draft."""
    broadcast = access_broadcast(request, broadcast_id)
    if broadcast.state != Broadcast.State.DRAFT:
        return redirect("broadcasts:detail", broadcast.pk)
    if request.method != "POST":
        return render(request, "broadcasts/broadcast_confirm_delete.html", {"broadcast": broadcast})
    try:
        services.delete_draft(broadcast=broadcast)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("broadcasts:detail", broadcast.pk)
    messages.success(request, _("The draft is deleted."))
    return redirect("broadcasts:list")


@requires("manager")
@require_POST
def copy(request: HttpRequest, broadcast_id: int) -> HttpResponse:
    """Creates a draft with the same text and segment. The audience is computed again."""
    broadcast = access_broadcast(request, broadcast_id)
    try:
        made = services.copy_broadcast(broadcast=broadcast, user=user_of(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("broadcasts:detail", broadcast.pk)
    return redirect("broadcasts:edit", made.pk)
