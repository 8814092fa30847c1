"""The pages of a linked number: linking it, how it stands, and its profile."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from wabolt.channels import linking, services
from wabolt.channels.forms import read_phone
from wabolt.channels.models import Channel
from wabolt.channels.views.numbers import actor_of, channel_or_404, workspace_of
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import render_page, requires


class NewLinkedForm(forms.Form):
    """A number that is about to be linked. The risk is read before anything is scanned."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("How your team calls this number, for example “Toko” or “CS 2”."),
    )
    understood = forms.BooleanField(
        label=gettext_lazy("I have read this, and use a number I could do without for a while"),
        error_messages={"required": gettext_lazy("Please read the lines above and tick this.")},
    )


class ProfileForm(forms.Form):
    """What can be set from here."""

    name = forms.CharField(label=gettext_lazy("Name customers see"), max_length=linking.MAX_NAME)
    about = forms.CharField(
        label=gettext_lazy("About"), max_length=linking.MAX_ABOUT, required=False, widget=forms.Textarea({"rows": 2})
    )


@requires("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def linked_new(request: HttpRequest) -> HttpResponse:
    """Says what linking means, and makes the number."""
    form = NewLinkedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            channel = services.create_channel(
                workspace=workspace_of(request),
                provider="linked",
                name=form.cleaned_data["name"],
                actor=actor_of(request),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect("channels:link", channel.pk)
    return render_page(request, "channels/link_new.html", {"form": form}, status=422 if form.errors else 200)


@requires("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, channel_id: int) -> HttpResponse:
    """One number: linking it and how it stands. The fragment `standing` asks for itself while the page is open."""
    channel = channel_or_404(request, channel_id)
    if channel.provider != "linked":
        return redirect("channels:settings", channel.pk)
    is_owner = at_least(request.membership.role, "owner")  # type: ignore[attr-defined]
    problem = ""
    if request.method == "POST":
        if not is_owner:
            raise Http404
        problem = _act(request, channel)
        if not problem:
            return redirect("channels:link", channel.pk)
    number = linking.linked_number(channel)
    shown = "under_way" if number.stage in linking.UNDER_WAY else "linked" if number.jid else "none"
    if request.headers.get("HX-Request") and request.GET.get("shown", shown) != shown:
        return HttpResponse(headers={"HX-Refresh": "true"})  # what can be done here has changed, not only the words
    context: dict[str, Any] = {
        "shown": shown,
        "channel": channel,
        "number": number,
        "standing": linking.standing_of(channel),
        "is_owner": is_owner,
        "under_way": number.stage in linking.UNDER_WAY,
        "qr": mark_safe(linking.qr_svg(number)),  # noqa: S308 - drawn by segno from digits and letters
        "seconds": linking.seconds_left(number),
        "problem": problem,
        "profile": ProfileForm(initial={"name": number.profile_name, "about": number.about}),
    }
    return render_page(request, "channels/link.html", context, fragments=("standing",), status=422 if problem else 200)


def _act(request: HttpRequest, channel: Channel) -> str:
    """Does what was pressed; what went wrong, in words."""
    actor = actor_of(request)
    match request.POST.get("do"):
        case "qr":
            linking.ask(channel=channel, kind="pair", actor=actor)
        case "code":
            try:
                phone = read_phone(workspace_of(request), request.POST.get("phone", ""))
            except forms.ValidationError as error:
                return " ".join(error.messages)
            linking.ask(channel=channel, kind="pair", actor=actor, arguments={"phone": phone})
        case "cancel" | "reconnect" | "logout" as kind:
            linking.ask(channel=channel, kind=kind, actor=actor)
        case "profile":
            form = ProfileForm(request.POST)
            if not form.is_valid():
                return _("That is longer than WhatsApp takes.")
            try:
                linking.save_profile(channel=channel, actor=actor, **form.cleaned_data)
            except DomainError as error:
                return str(error)
            messages.success(request, _("Saved. WhatsApp shows it in a moment."))
    return ""
