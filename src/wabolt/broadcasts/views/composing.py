"""To whom and what: writing a broadcast, with the phone beside it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from wabolt.accounts.models import Workspace
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.forms import BroadcastForm
from wabolt.broadcasts.models import Broadcast
from wabolt.lib.errors import DomainError
from wabolt.lib.web import requires
from wabolt.messaging import rendering
from wabolt.messaging.models import Message
from wabolt.messaging.rendering.texts import MAX_TEXT
from wabolt.segments.queries import BrokenSegment
from wabolt.segments.rules import SegmentError

from .common import access_broadcast, bubble_context, chosen_segment, segment_trouble


@requires("manager")
@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest, broadcast_id: int | None = None) -> HttpResponse:
    """To whom, what, and how it is measured; the next page checks it. `?segment=` chooses one beforehand."""
    workspace = request.workspace  # type: ignore[attr-defined]
    broadcast = access_broadcast(request, broadcast_id) if broadcast_id else None
    if broadcast and broadcast.state != Broadcast.State.DRAFT:
        return redirect("broadcasts:detail", broadcast.pk)
    if request.method == "POST":
        form = BroadcastForm(workspace, request.POST, broadcast=broadcast)
        saved = _save(request, form, broadcast)
        if saved is not None:
            return redirect("broadcasts:template" if saved.template_id else "broadcasts:check", saved.pk)
    else:
        segment = chosen_segment(request, request.GET.get("segment"))
        initial = {"initial": {"segment": segment}} if segment and not broadcast else {}
        form = BroadcastForm(workspace, broadcast=broadcast, **initial)
    context = {
        "form": form,
        "broadcast": broadcast,
        "variables": rendering.known_variables(workspace),
        "has_channel": form.fields["channel"].queryset.exists(),  # type: ignore[attr-defined]
        "has_segment": form.fields["segment"].queryset.exists(),  # type: ignore[attr-defined]
        **bubble_context(request, _shortened(form["text"].value()), form["segment"].value()),
    }
    return render(request, "broadcasts/broadcast_form.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, form: BroadcastForm, broadcast: Broadcast | None) -> Broadcast | None:
    if not form.is_valid():
        return None
    workspace = request.workspace  # type: ignore[attr-defined]
    values = form.cleaned_data
    try:
        return services.save_draft(workspace=workspace, user=request.user, broadcast=broadcast, **values)  # type: ignore[arg-type]
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None


def _shortened(text: object) -> str:
    """A text to be looked at: what is far too long is refused anyway, and need not be taken apart before."""
    return str(text or "").replace("\x00", "")[: MAX_TEXT + 1]


def _finished(workspace: Workspace, text: object) -> str:
    """A text that can be sent as it stands; nothing for one that is still being typed."""
    shortened = _shortened(text)
    try:
        rendering.validate_text(workspace, shortened, Message.Purpose.MARKETING)
    except DomainError:
        return ""
    return shortened


@requires("manager")
@require_POST
def bubble(request: HttpRequest) -> HttpResponse:
    """The phone beside the composer, with a real person's data."""
    context = bubble_context(request, _shortened(request.POST.get("text")), request.POST.get("segment"))
    return render(request, "broadcasts/broadcast_form.html#bubble", context)


@requires("manager")
@require_POST
def reach(request: HttpRequest) -> HttpResponse:
    """How many of the chosen segment would get it, while composing."""
    workspace = request.workspace  # type: ignore[attr-defined]
    form = BroadcastForm(workspace, request.POST)
    form.is_valid()
    segment, channel = form.cleaned_data.get("segment"), form.cleaned_data.get("channel")
    context: dict[str, object] = {"seen": None}
    if segment and channel:
        draft = Broadcast(
            workspace=workspace,
            segment=segment,
            segment_tree=segment.tree,
            channel=channel,
            text=_finished(workspace, request.POST.get("text")),
            holdout_percent=form.cleaned_data.get("holdout_percent") or 0,
        )
        try:
            context["seen"] = queries.preview(draft)
        except (BrokenSegment, SegmentError) as error:
            context["segment_trouble"] = segment_trouble(error)
    return render(request, "broadcasts/broadcast_form.html#reach", context)
