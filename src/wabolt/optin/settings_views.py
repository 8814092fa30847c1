"""The page with the settings of all public pages of a shop."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import user_of, workspace_of
from wabolt.channels.models import Channel
from wabolt.channels.queries import channels
from wabolt.channels.registry import capabilities
from wabolt.lib.errors import DomainError
from wabolt.lib.web import edits, render_page, requires, whole_number
from wabolt.optin import queries, services
from wabolt.ui.forms import show_refusal
from wabolt.ui.versions import Versioned

STATES = {
    "": (gettext_lazy("No template yet"), "neutral"),
    "approved": (gettext_lazy("Approved by Meta"), "success"),
    "rejected": (gettext_lazy("Rejected by Meta"), "danger"),
    "pending": (gettext_lazy("Meta is checking it"), "info"),
    "unfit": (gettext_lazy("Cannot be used: Meta changed its text or category"), "warning"),
}
"""The states of a template (`queries.Asking`), in words and with the tone of their badge."""


class SettingsForm(Versioned):
    """The settings of a shop. The choice of a number is left out while no number sends templates."""

    proof_of_work = forms.BooleanField(
        label=gettext_lazy("Always check that no program fills in the forms"),
        required=False,
        help_text=gettext_lazy(
            "The browser of the visitor calculates for a moment. Without it, the check begins by itself when very many"
            " forms arrive."
        ),
    )
    asking_channel = forms.ModelChoiceField(
        label=gettext_lazy("Number that asks typed numbers for a YES"),
        queryset=Channel.objects.none(),
        required=False,
        empty_label=gettext_lazy("No message to typed numbers"),
        help_text=gettext_lazy(
            "For visitors without WhatsApp on their device. Each number gets at most one message in 30 days, and none"
            " after a STOP. Meta charges for it."
        ),
    )

    def __init__(self, data: Any = None, *, workspace: Workspace) -> None:
        stored = queries.settings_of(workspace)
        initial = {"proof_of_work": stored.proof_of_work, "asking_channel": stored.asking_channel_id}
        super().__init__(data, initial=initial)
        able = [one.pk for one in channels(workspace) if capabilities(one.provider).needs_templates]
        choice = cast("forms.ModelChoiceField[Channel]", self.fields["asking_channel"])
        choice.queryset = Channel.objects.filter(pk__in=able)
        if not able:
            del self.fields["asking_channel"]


@requires("manager")
@edits()
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """The settings of the public pages."""
    workspace = workspace_of(request)
    form = SettingsForm(request.POST if request.method == "POST" else None, workspace=workspace)
    if request.method == "POST" and form.is_valid():
        channel, switch = form.cleaned_data.get("asking_channel"), form.cleaned_data["proof_of_work"]
        try:
            services.save_settings(workspace=workspace, proof_of_work=switch, asking_channel=channel)
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("optin:settings")
    stored = queries.settings_of(workspace)
    askings = queries.askings(workspace) if stored.asking_channel else []
    context = {"form": form, "askings": [(one, STATES.get(one.status, STATES["pending"])) for one in askings]}
    return render_page(request, "optin/settings.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_POST
def make_template(request: HttpRequest) -> HttpResponse:
    """Hands in the template that asks typed numbers for a YES to a text of a form."""
    workspace = workspace_of(request)
    wanted = whole_number(request.POST.get("wording", ""))
    found = next((one for one in queries.askings(workspace) if one.wording.pk == wanted), None)
    if found is None:
        raise Http404
    try:
        services.make_asking_template(workspace=workspace, wording=found.wording, author=user_of(request))
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Handed in. Meta usually answers within a day."))
    return redirect("optin:settings")
