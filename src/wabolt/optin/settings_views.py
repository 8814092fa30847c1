"""The page with the settings of all public pages of a shop."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import workspace_of
from wabolt.accounts.services import record_audit
from wabolt.lib.errors import DomainError
from wabolt.lib.web import edits, render_page, requires
from wabolt.messaging.models import Template
from wabolt.optin import queries, services
from wabolt.ui.forms import show_refusal
from wabolt.ui.versions import Versioned


class SettingsForm(Versioned):
    """The settings of a shop. The choice of a template is left out while the shop has none that fits."""

    proof_of_work = forms.BooleanField(
        label=gettext_lazy("Always check that no program fills in the forms"),
        required=False,
        help_text=gettext_lazy(
            "The browser of the visitor calculates for a moment. Without it, the check begins by itself when very many"
            " forms arrive."
        ),
    )
    template = forms.ModelChoiceField(
        label=gettext_lazy("Ask typed numbers for a YES with this template"),
        queryset=Template.objects.none(),
        required=False,
        empty_label=gettext_lazy("No message to typed numbers"),
        help_text=gettext_lazy(
            "For visitors without WhatsApp on their device. Each number gets at most one message in 30 days, and none"
            " after a STOP. Meta charges for it."
        ),
    )

    def __init__(self, data: Any = None, *, workspace: Workspace) -> None:
        stored = queries.settings_of(workspace)
        super().__init__(data, initial={"proof_of_work": stored.proof_of_work, "template": stored.template_id})
        fitting = [template.pk for template in queries.asking_templates(workspace)]
        choice = cast("forms.ModelChoiceField[Template]", self.fields["template"])
        choice.queryset = Template.objects.filter(pk__in=fitting)
        if not fitting:
            del self.fields["template"]


@requires("manager")
@edits()
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """The settings of the public pages."""
    workspace = workspace_of(request)
    form = SettingsForm(request.POST if request.method == "POST" else None, workspace=workspace)
    if request.method == "POST" and form.is_valid():
        template, switch = form.cleaned_data.get("template"), form.cleaned_data["proof_of_work"]
        try:
            with transaction.atomic():
                services.save_settings(workspace=workspace, proof_of_work=switch, template=template)
                data = {"proof_of_work": switch, "template": str(template or "")}
                record_audit(request=request, action="entry_point.settings", data=data)
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("optin:settings")
    return render_page(request, "optin/settings.html", {"form": form}, status=422 if form.errors else 200)
