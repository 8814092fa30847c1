"""Settings: custom fields and labels."""

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wabolt.accounts.queries import workspace_of
from wabolt.contacts import queries, services
from wabolt.contacts.forms import FieldForm
from wabolt.contacts.models import Field, Tag
from wabolt.lib.errors import DomainError
from wabolt.lib.web import edits, requires
from wabolt.ui.forms import show_refusal


@requires("manager")
@require_safe
def field_list(request: HttpRequest) -> HttpResponse:
    """Lists the shop's own fields."""
    fields = Field.objects.filter(workspace=workspace_of(request))
    return render(
        request,
        "contacts/fields.html",
        {"fields": fields.filter(archived_at=None), "archived": fields.exclude(archived_at=None)},
    )


@requires("manager")
@require_http_methods(["GET", "POST"])
def field_new(request: HttpRequest) -> HttpResponse:
    """Adds a field."""
    form = FieldForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            field = services.create_field(
                workspace=workspace_of(request),
                label=form.cleaned_data["label"],
                kind=form.cleaned_data["kind"],
                choices=form.choice_lines(),
            )
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, _("The column “%(label)s” is there.") % {"label": field.label})
            return redirect("contacts:fields")
    return render(request, "contacts/field_form.html", {"form": form}, status=422 if form.is_bound else 200)


@requires("manager")
@edits(Field, "field_id")
@require_http_methods(["GET", "POST"])
def field_edit(request: HttpRequest, field_id: int) -> HttpResponse:
    """Renames a field or changes its choices."""
    field = _field_or_404(request, field_id)
    form = FieldForm(request.POST or None, field=field)
    if form.is_bound and form.is_valid():
        try:
            services.update_field(
                workspace=workspace_of(request),
                field_id=field.pk,
                label=form.cleaned_data["label"],
                choices=form.choice_lines(),
            )
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("contacts:fields")
    return render(
        request, "contacts/field_form.html", {"form": form, "field": field}, status=422 if form.is_bound else 200
    )


@requires("manager")
@require_POST
def field_archive(request: HttpRequest, field_id: int) -> HttpResponse:
    """Hides a field or shows it again."""
    field = _field_or_404(request, field_id)
    archived = field.archived_at is None
    services.archive_field(workspace=workspace_of(request), field_id=field.pk, archived=archived)
    words = _("“%(label)s” is hidden; its values are kept.") if archived else _("“%(label)s” is back.")
    messages.success(request, words % {"label": field.label})
    return redirect("contacts:fields")


@requires("owner")
@require_http_methods(["GET", "POST"])
def field_delete(request: HttpRequest, field_id: int) -> HttpResponse:
    """Asks for confirmation, then deletes a field with all its values."""
    field = _field_or_404(request, field_id)
    filled = queries.contacts(workspace_of(request)).filter(fields__has_key=field.key).count()
    if request.method == "POST":
        services.delete_field(workspace=workspace_of(request), field_id=field.pk)
        messages.success(request, _("“%(label)s” is deleted.") % {"label": field.label})
        return redirect("contacts:fields")
    return render(request, "contacts/field_delete.html", {"field": field, "filled": filled})


@requires("viewer")
@require_safe
def tag_list(request: HttpRequest) -> HttpResponse:
    """Lists all labels with the number of contacts."""
    tags = queries.tags(workspace_of(request)).annotate(people=Count("contacts"))
    return render(request, "contacts/tags.html", {"tags": tags})


@requires("manager")
@require_POST
def tag_change(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Renames a label or, with `delete`, deletes it."""
    workspace = workspace_of(request)
    try:
        if "delete" in request.POST:
            services.delete_tag(workspace=workspace, tag_id=tag_id)
        else:
            services.rename_tag(workspace=workspace, tag_id=tag_id, name=request.POST.get("name", ""))
    except Tag.DoesNotExist:
        raise Http404 from None
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Saved."))
    return redirect("contacts:tags")


def _field_or_404(request: HttpRequest, field_id: int) -> Field:
    try:
        return Field.objects.get(workspace=workspace_of(request), pk=field_id)
    except Field.DoesNotExist:
        raise Http404 from None
