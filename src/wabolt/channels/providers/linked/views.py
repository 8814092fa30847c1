"""Pages of a linked number: linking, connection, profile, unlinking."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.channels import registry, services
from wabolt.channels.forms import read_phone
from wabolt.channels.models import Channel, LinkedNumber
from wabolt.channels.pictures import MAX_BYTES
from wabolt.channels.providers.linked import linking, old_chats
from wabolt.channels.views import channel_or_404
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import accepts_body, answer_poll, render_page, requires
from wabolt.ui.forms import show_refusal


class NewLinkedForm(forms.Form):
    """Adds a number to link. The owner has to confirm the risk first."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What your team calls this number, for example “Toko” or “CS 2”."),
    )
    understood = forms.BooleanField(
        label=gettext_lazy("I have read this, and use a number I could do without for a while"),
        error_messages={"required": gettext_lazy("Please read the lines above and tick this.")},
    )


class ProfileForm(forms.Form):
    """Profile parts that can be set from here."""

    picture = forms.FileField(
        label=gettext_lazy("Profile picture"),
        required=False,
        help_text=gettext_lazy("JPG, PNG or WebP. The picture is cropped to a square."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    name = forms.CharField(label=gettext_lazy("Name customers see"), max_length=linking.MAX_NAME)
    about = forms.CharField(
        label=gettext_lazy("About"), max_length=linking.MAX_ABOUT, required=False, widget=forms.Textarea({"rows": 2})
    )


@requires("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def linked_new(request: HttpRequest) -> HttpResponse:
    """Explains linking and creates the number."""
    form = NewLinkedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            channel = services.create_channel(
                workspace=workspace_of(request),
                provider="linked",
                name=form.cleaned_data["name"],
                actor=user_of(request),
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            return redirect("channels:link", channel.pk)
    return render_page(request, "channels/link_new.html", {"form": form}, status=422 if form.errors else 200)


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Shows the linking and the connection of a number. The open page polls the fragment `connection`."""
    channel = channel_or_404(request, channel_id)
    if channel.provider != "linked":
        return redirect("channels:settings", channel.pk)
    is_owner = at_least(membership_of(request).role, "owner")
    problem, profile = "", None
    if request.method == "POST":
        if not is_owner:
            raise Http404
        if request.POST.get("do") == "profile":
            profile = _save_profile(request, channel)
        else:
            problem = _act(request, channel)
        if not problem and profile is None:
            return redirect("channels:link", channel.pk)
    number = linking.linked_number(channel)
    stage = linking.stage_of(number)
    shown = "under_way" if stage in linking.UNDER_WAY else "linked" if number.jid else "none"
    if request.headers.get("HX-Request") and request.GET.get("shown", shown) != shown:
        return HttpResponse(headers={"HX-Refresh": "true"})  # other actions are possible now: reload the page
    fragment = _connection(channel, number, stage)

    def draw(more: dict[str, Any], status: int = 200) -> HttpResponse:
        qr = mark_safe(linking.qr_svg(number))  # noqa: S308 - drawn by segno from digits and letters
        context = {**fragment, "channel": channel, "number": number, "qr": qr, **more}
        return render_page(request, "channels/link.html", context, fragments=("connection",), status=status)

    if request.headers.get("HX-Target") == "connection":
        return answer_poll(request, (fragment, number.secret, channel.state_since), lambda: draw({}))
    context: dict[str, Any] = {
        "shown": shown,
        "is_owner": is_owner,
        "problem": problem or linking.command_error(channel),
        "profile": profile or ProfileForm(initial={"name": number.profile_name, "about": number.about}),
        "steps": [(key, words, key in number.phone_ticks) for key, words in linking.PHONE_STEPS.items()],
        "chats_new": old_chats.counts(channel)["new"] if number.history_until else 0,
        "chats_days": old_chats.KEPT.days,
    }
    return draw(context, 422 if problem or profile is not None else 200)


def _connection(channel: Channel, number: LinkedNumber, stage: str) -> dict[str, Any]:
    """Returns the facts that the fragment `connection` shows, without the code itself."""
    return {
        "stage": stage,
        "under_way": stage in linking.UNDER_WAY,
        "connection": linking.connection_status(channel),
        "failure": linking.failure_of(number),
        "is_worked": linking.is_worked(channel),
        "seconds": linking.seconds_left(number),
    }


def _act(request: HttpRequest, channel: Channel) -> str:
    """Executes the pressed button. Returns an error text, or ""."""
    actor = user_of(request)
    arguments: dict[str, Any] = {"history": True} if request.POST.get("history") else {}
    match request.POST.get("do"):
        case "qr":
            linking.ask(channel=channel, kind="pair", actor=actor, arguments=arguments)
        case "code":
            try:
                phone = read_phone(workspace_of(request), request.POST.get("phone", ""))
            except forms.ValidationError as error:
                return " ".join(error.messages)
            linking.ask(channel=channel, kind="pair", actor=actor, arguments={"phone": phone, **arguments})
        case "cancel" | "reconnect" as kind:
            linking.ask(channel=channel, kind=kind, actor=actor)
        case "look":
            try:
                linking.refresh_profile(channel=channel, actor=actor)
            except DomainError as error:
                return str(error)
            messages.success(request, _("Requested. The profile appears here in a moment."))
        case "ticks":
            linking.set_steps_done(channel=channel, actor=actor, done=request.POST.getlist("done"))
            messages.success(request, _("Saved."))
    return ""


def _save_profile(request: HttpRequest, channel: Channel) -> ProfileForm | None:
    """Changes the profile. Returns the form if it has errors, else None."""
    form = ProfileForm(request.POST, request.FILES)
    if not form.is_valid():
        return form
    upload = form.cleaned_data["picture"]
    try:
        # Reads one byte more than allowed: enough to be refused.
        picture = upload.read(MAX_BYTES + 1) if upload else b""
        linking.save_profile(
            channel=channel,
            actor=user_of(request),
            name=form.cleaned_data["name"],
            about=form.cleaned_data["about"],
            picture=picture,
        )
    except DomainError as error:
        show_refusal(form, error)
        return form
    messages.success(request, _("Saved. WhatsApp shows it in a moment."))
    return None


@requires("viewer")
@require_safe
def picture(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Serves the number's profile picture."""
    number = linking.linked_number(channel_or_404(request, channel_id))
    if not number.picture_data:
        # The number was unlinked after its page was drawn. A browser logs every status of 400 or more as an error.
        return HttpResponse(status=204)
    headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(number.picture_data), content_type="image/jpeg", headers=headers)


@requires("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def unlink(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Explains unlinking and executes it."""
    channel = channel_or_404(request, channel_id)
    number = linking.linked_number(channel)
    if channel.provider != "linked" or not number.jid:
        return redirect("channels:link" if channel.provider == "linked" else "channels:settings", channel.pk)
    problem = ""
    if request.method == "POST":
        try:
            linking.unlink(channel=channel, actor=user_of(request))
        except DomainError as error:
            problem = str(error)
        else:
            messages.success(request, _("Unlinking has begun. This page shows when it is done."))
            return redirect("channels:link", channel.pk)
    lanes = registry.lanes()
    lane = lanes.states(channel.workspace, [channel])[channel.pk] if lanes else None
    context = {
        "channel": channel,
        "waiting": lane.waiting if lane else 0,
        "chats": old_chats.waiting(channel).count(),
        "problem": problem,
    }
    return render_page(request, "channels/unlink.html", context, status=422 if problem else 200)
