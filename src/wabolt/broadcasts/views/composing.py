"""The composer, with a phone preview."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import user_of, workspace_of
from wabolt.broadcasts import queries, services
from wabolt.broadcasts.forms import BroadcastForm
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.rules import LONGEST, sample_voucher
from wabolt.channels.queries import channels
from wabolt.channels.registry import capabilities
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.lib.web import accepts_body, edits, requires, whole_number
from wabolt.media.queries import shared_for
from wabolt.media.registry import AttachmentForm
from wabolt.media.services import forget_shared
from wabolt.messaging.models import Message
from wabolt.messaging.services import check_carried
from wabolt.personalization import queries as rendering
from wabolt.personalization.queries import MAX_TEXT
from wabolt.segments.queries import BrokenSegment, SegmentError
from wabolt.ui.forms import show_refusal

from .common import Draft, access_broadcast, bubble_context, chosen_segment, excluded_rows, segment_trouble

_SHOWN = ("text", "segment", "channel", "voucher_percent", "voucher_days")
"""Fields of the form that change how the message reads."""


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("manager")
@edits(Broadcast, "broadcast_id")
@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest, broadcast_id: int | None = None) -> HttpResponse:
    """Compose a broadcast; the next page checks it. `?segment=` preselects one, `?shared=` starts with what the phone
    shared."""
    workspace = workspace_of(request)
    broadcast = access_broadcast(request, broadcast_id) if broadcast_id else None
    if broadcast and broadcast.state != Broadcast.State.DRAFT and request.method == "GET":
        return redirect("broadcasts:detail", broadcast.pk)
    if request.method == "POST":
        form = BroadcastForm(workspace, request.POST, request.FILES, broadcast=broadcast)
        saved = _save(request, form, broadcast)
        if saved is not None:
            forget_shared(request=request)
            return redirect("broadcasts:template" if saved.template_id else "broadcasts:check", saved.pk)
    else:
        form = BroadcastForm(workspace, broadcast=broadcast) if broadcast else _new_form(request, workspace)
    context = {
        "form": form,
        "broadcast": broadcast,
        "variables": rendering.known_variables(workspace),
        "has_channel": form.fields["channel"].queryset.exists(),  # type: ignore[attr-defined]
        "has_segment": form.fields["segment"].queryset.exists(),  # type: ignore[attr-defined]
        **bubble_context(request, _draft(request, form, {name: form[name].value() for name in _SHOWN})),
    }
    return render(request, "broadcasts/broadcast_form.html", context, status=422 if form.errors else 200)


def _new_form(request: HttpRequest, workspace: Workspace) -> BroadcastForm:
    segment = chosen_segment(request, request.GET.get("segment"))
    text, media = shared_for(request, workspace)
    given = {"segment": segment, "text": text}
    return BroadcastForm(workspace, attached=media, initial={name: value for name, value in given.items() if value})


def _save(request: HttpRequest, form: BroadcastForm, broadcast: Broadcast | None) -> Broadcast | None:
    if broadcast and broadcast.state != Broadcast.State.DRAFT:
        form.add_error(None, _("This broadcast has already started and can no longer be changed."))
    if not form.is_valid():
        return None
    workspace = workspace_of(request)
    values = dict(form.cleaned_data)
    key = values.pop("creation_key", None)
    try:
        return services.save_draft(
            workspace=workspace,
            values=services.DraftValues(**values),
            creation_key=key,
            user=user_of(request),
            broadcast=broadcast,
        )
    except DomainError as error:
        show_refusal(form, error, {"media": "file"})
        return None


def _shortened(text: object) -> str:
    """Returns the text for rendering, cut where it is far too long; the form refuses it anyway."""
    return storable(str(text or ""))[: MAX_TEXT + 1]


def _finished(workspace: Workspace, text: object) -> str:
    """Returns the text if it can be sent as it is, else an empty text."""
    shortened = _shortened(text)
    try:
        rendering.validate_text(workspace, shortened, Message.Purpose.MARKETING)
    except DomainError:
        return ""
    return shortened


@requires("manager")
@require_POST
def bubble(request: HttpRequest) -> HttpResponse:
    """Renders the phone preview with a real contact's data."""
    form = _attachment(request)
    context = bubble_context(request, _draft(request, form, request.POST))
    if refusal := _refusal(request, form, context["shown"]):
        context |= {"shown": "", "problem": str(refusal)}
    return render(request, "broadcasts/broadcast_form.html#bubble", context)


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("manager")
@require_POST
def attach(request: HttpRequest) -> HttpResponse:
    """Stores or removes the attached file, and renders its field and the phone preview."""
    form = _attachment(request)
    is_good = form.is_valid()
    context = {"form": form, **bubble_context(request, _draft(request, form, request.POST))}
    if is_good and (refusal := _refusal(request, form, context["shown"])):
        form.add_error("file", str(refusal))
    return render(request, "broadcasts/broadcast_form.html#attached", context)


def _attachment(request: HttpRequest) -> AttachmentForm:
    form = AttachmentForm(request.POST, request.FILES)
    form.attach(workspace_of(request))
    return form


def _draft(request: HttpRequest, form: AttachmentForm, values: Mapping[str, Any]) -> Draft:
    """Returns the message of the form with the voucher that its fields describe. `values` holds the fields `_SHOWN`."""
    percent, days = (whole_number(str(values.get(name) or "")) for name in ("voucher_percent", "voucher_days"))
    begins = clock.now().astimezone(workspace_of(request).tz)
    voucher = sample_voucher(min(percent, 100), min(days or 0, LONGEST.days), begins) if percent else None
    return Draft(
        text=_shortened(values.get("text")),
        segment=values.get("segment"),
        channel=values.get("channel"),
        attached=form.attached,
        variables={"voucher": voucher} if voucher else {},
    )


def _refusal(request: HttpRequest, form: AttachmentForm, caption: str) -> DomainError | None:
    """Returns why the chosen channel cannot send the attached file. Template files are checked on saving."""
    chosen = channels(form.workspace).filter(pk=whole_number(request.POST.get("channel", "")) or 0).first()
    if form.attached is None or chosen is None or capabilities(chosen.provider).needs_templates:
        return None
    try:
        check_carried(channel=chosen, media=form.attached, caption=caption)
    except DomainError as error:
        return error
    return None


@requires("manager")
@require_POST
def reach(request: HttpRequest) -> HttpResponse:
    """Counts the recipients while composing."""
    workspace = workspace_of(request)
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
            seen = queries.preview(draft)
            context |= {"seen": seen, "excluded": excluded_rows(seen)}
        except (BrokenSegment, SegmentError) as error:
            context["segment_trouble"] = segment_trouble(error)
    return render(request, "broadcasts/broadcast_form.html#reach", context)
