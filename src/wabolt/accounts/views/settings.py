"""The settings page, the own account, the shop, API keys, and the audit log."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wabolt.accounts import audit_text, queries, registry, services
from wabolt.accounts.forms import ApiKeyForm, ProfileForm, ShopForm
from wabolt.accounts.models import ApiKey
from wabolt.accounts.opening_times_form import OpeningTimesForm, initial_of
from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.opening_hours import fasting_month
from wabolt.lib.web import edits, render_page, requires, whole_number
from wabolt.ui.forms import show_refusal

AUDIT_A_PAGE = 50
_NEW_KEY = "new_api_key"


@requires("viewer")
@require_GET
def settings_page(request: HttpRequest) -> HttpResponse:
    """All pages under "Settings" that this person may open."""
    return render_page(request, "accounts/settings.html", {"pages": registry.pages_for(membership_of(request).role)})


@requires("viewer")
@edits()
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """The person's name and language, with links to the password and the second factor."""
    user = user_of(request)
    user.refresh_from_db()
    form = ProfileForm(
        request.POST if request.method == "POST" else None, initial={"name": user.name, "language": user.language}
    )
    if request.method == "POST" and form.is_valid():
        services.update_profile(user=user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:profile")
    return render_page(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


@requires("owner")
@edits()
@require_http_methods(["GET", "POST"])
def shop(request: HttpRequest) -> HttpResponse:
    """The shop's name, time zone, language and currency."""
    workspace = workspace_of(request)
    workspace.refresh_from_db()
    fields = ("name", "timezone", "language", "currency")
    form = ShopForm(
        request.POST if request.method == "POST" else None,
        initial={field: getattr(workspace, field) for field in fields},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.update_workspace(workspace=workspace, by=user_of(request), **form.cleaned_data)
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:shop")
    return render_page(request, "accounts/shop.html", {"form": form}, status=422 if form.errors else 200)


@requires("manager")
@edits()
@require_http_methods(["GET", "POST"])
def opening_times(request: HttpRequest) -> HttpResponse:
    """The opening hours of the shop."""
    workspace = workspace_of(request)
    initial = initial_of(queries.opening_hours(workspace))
    form = OpeningTimesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_opening_times(workspace=workspace, draft=form.draft(), by=user_of(request))
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("accounts:opening_times")
    today = clock.now().astimezone(workspace.tz).date()
    month = fasting_month(today.year)
    if month is not None and month[1] < today:
        month = fasting_month(today.year + 1)
    context = {"form": form, "fasting_month": month}
    return render_page(request, "accounts/opening_times.html", context, status=422 if form.errors else 200)


@requires("owner")
@never_cache
@require_http_methods(["GET", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """The API keys. Creates a key and shows its secret once, on the next page."""
    form = ApiKeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _key, secret = services.create_api_key(
                workspace=workspace_of(request), created_by=user_of(request), **form.cleaned_data
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            request.session[_NEW_KEY] = secret
            return redirect("accounts:api_keys")
    secret = request.session.pop(_NEW_KEY, "") if request.method == "GET" else ""
    context = {"form": form, "keys": queries.api_keys(workspace_of(request)), "secret": secret}
    return render_page(request, "accounts/api_keys.html", context, status=422 if form.errors else 200)


@requires("owner")
@require_POST
def revoke_api_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Revokes a key."""
    key = get_object_or_404(ApiKey, workspace=workspace_of(request), pk=key_id)
    services.revoke_api_key(workspace=workspace_of(request), key=key, by=user_of(request))
    messages.success(request, _("“%(name)s” no longer works.") % {"name": key.name})
    return redirect("accounts:api_keys")


@requires("manager")
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """The audit log, newest entry first."""
    before = request.GET.get("before", "")
    number = whole_number(before)
    found = list(queries.audit_entries(workspace_of(request), number)[: AUDIT_A_PAGE + 1])
    entries = found[:AUDIT_A_PAGE]
    address = reverse("accounts:audit")
    context = {
        "rows": audit_text.describe(workspace_of(request), entries),
        "newest_url": address if number else "",
        "older_url": f"{address}?before={entries[-1].pk}" if len(found) > AUDIT_A_PAGE else "",
    }
    return render_page(request, "accounts/audit.html", context)
