"""The settings of the privacy page, the words of requests, and retention."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from wabolt.accounts.queries import workspace_of
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.retention import fixed_retentions
from wabolt.lib.web import edits, render_page, requires
from wabolt.privacy import queries, services
from wabolt.privacy.forms import RetentionForm, SettingsForm, WordsForm
from wabolt.privacy.models import RetentionRun
from wabolt.ui.forms import show_refusal


@requires("manager")
@edits()
@require_http_methods(["GET", "HEAD", "POST"])
def page_settings(request: HttpRequest) -> HttpResponse:
    """The texts of the privacy page and the letters."""
    workspace = workspace_of(request)
    row = services.ensure_settings(workspace=workspace)
    form = SettingsForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        services.save_settings(workspace=workspace, **form.cleaned_data)
        messages.success(request, _("Saved. The privacy page shows it at once."))
        return redirect("privacy:settings")
    context = {"form": form, "public_url": queries.public_path(workspace.pk)}
    return render_page(request, "privacy/settings.html", context, status=422 if form.errors else 200)


@requires("manager")
@edits()
@require_http_methods(["GET", "HEAD", "POST"])
def word_settings(request: HttpRequest) -> HttpResponse:
    """The words that open a request in a chat."""
    workspace = workspace_of(request)
    form = WordsForm(request.POST or None, own=queries.settings_of(workspace).words)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_words(workspace=workspace, words=form.words())
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("privacy:words")
    return render_page(request, "privacy/words.html", {"form": form}, status=422 if form.errors else 200)


@requires("owner")
@edits()
@require_http_methods(["GET", "HEAD", "POST"])
def retention_settings(request: HttpRequest) -> HttpResponse:
    """The time for which each class of data is kept. A POST without `confirmed` only counts (the dry run)."""
    workspace = workspace_of(request)
    chosen = queries.chosen_times(workspace)
    form = RetentionForm(request.POST or None, chosen=chosen)
    rows: list[queries.DryRun] = []
    if request.method == "POST" and form.is_valid():
        months = dict(form.cleaned_data)  # without the version
        if request.POST.get("confirmed"):
            return _save_times(request, months)
        rows = [row for row in queries.dry_run(workspace, months) if row.months]
    context: dict[str, Any] = {
        "form": form,
        "rows": rows,
        "checked": request.method == "POST" and form.is_valid(),
        "total": sum(row.count for row in rows),
        "fixed": fixed_retentions(),
        "next_run": queries.next_run(workspace, clock.now()),
        "is_on": bool(chosen),
        "runs": RetentionRun.objects.filter(workspace=workspace, removed__gt=0).order_by("-started_at")[:10],
        "labels": {row.data.key: row.data.label for row in queries.dry_run(workspace, {})},
    }
    context["runs"] = [(run, context["labels"].get(run.key, run.key)) for run in context["runs"]]
    return render_page(request, "privacy/retention.html", context, status=422 if form.errors else 200)


def _save_times(request: HttpRequest, months: dict[str, int | None]) -> HttpResponse:
    services.save_rules(workspace=workspace_of(request), months=months)
    messages.success(request, _("Saved. Nothing is removed before the next night."))
    return redirect("privacy:retention")
