"""Pages of approved templates and of what messages cost."""

from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import render_page, requires
from wabolt.messaging import queries, services
from wabolt.messaging.forms import NewTemplateForm, PriceForm, template_channels
from wabolt.messaging.rules import templates as rules


def _workspace(request: HttpRequest) -> Workspace:
    workspace: Workspace = request.workspace  # type: ignore[attr-defined]
    return workspace


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@requires("viewer")
@require_safe
def template_list(request: HttpRequest) -> HttpResponse:
    """All templates with what Meta says of them, and the prices they are sent at."""
    workspace = _workspace(request)
    context = {
        "templates": queries.templates(workspace),
        "channels": template_channels(workspace),
        "prices": list(queries.price_table(workspace).values()),
        "labels": PriceForm.LABELS,
        "may_change": at_least(request.membership.role, "manager"),  # type: ignore[attr-defined]
    }
    return render_page(request, "messaging/template_list.html", context)


@requires("viewer")
@require_safe
def template_detail(request: HttpRequest, template_id: int) -> HttpResponse:
    """How a template reads, with its examples in the gaps."""
    template = queries.templates(_workspace(request)).filter(pk=template_id).first()
    if template is None:
        raise Http404
    variables = rules.variables(template.components)
    examples = {variable.key: variable.example for variable in variables if variable.example}
    context = {
        "template": template,
        "variables": variables,
        "reads": rules.reads_as(template.components, examples),
        "unsupported": rules.unsupported(template.components),
        "says_stop": rules.says_how_to_stop(template.components),
    }
    return render_page(request, "messaging/template_detail.html", context)


@requires("manager")
@require_POST
def template_sync(request: HttpRequest) -> HttpResponse:
    """Fetches what Meta has, for every number that needs templates."""
    for channel in template_channels(_workspace(request)):
        _sync(request, channel)
    return redirect("messaging:templates")


def _sync(request: HttpRequest, channel: Channel) -> None:
    try:
        count = services.sync_templates(channel=channel)
    except DomainError as error:
        notices.error(request, f"{channel.name}: {error}")
    else:
        notices.success(request, _("%(name)s: %(count)s templates.") % {"name": channel.name, "count": count})


@requires("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def template_new(request: HttpRequest) -> HttpResponse:
    """Hands a template in for approval."""
    form = NewTemplateForm(_workspace(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            template = services.create_template(**form.cleaned_data, actor=_user(request))
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            notices.success(request, _("Handed in. Meta usually answers within a day."))
            return redirect("messaging:template", template.pk)
    has_channel = bool(template_channels(_workspace(request)))
    context = {"form": form, "has_channel": has_channel}
    return render_page(request, "messaging/template_new.html", context, status=422 if form.errors else 200)


@requires("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def prices(request: HttpRequest) -> HttpResponse:
    """What a message of each category costs this shop."""
    workspace = _workspace(request)
    today = clock.now().astimezone(workspace.tz).date()
    table = queries.price_table(workspace)
    form = PriceForm(table, request.POST or None, initial={"as_of": today})
    if request.method == "POST" and form.is_valid():
        services.set_prices(
            workspace=workspace, amounts=form.amounts(), as_of=form.cleaned_data["as_of"], actor=_user(request)
        )
        notices.success(request, _("Saved."))
        return redirect("messaging:templates")
    context = {"form": form, "prices": list(table.values())}
    return render_page(request, "messaging/prices.html", context, status=422 if form.errors else 200)
