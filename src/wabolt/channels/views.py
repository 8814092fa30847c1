"""Pages of numbers: list, settings, pause, archive."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.channels import queries, registry, services
from wabolt.channels.forms import PauseForm, SettingsForm
from wabolt.channels.models import Channel
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import edits, render_page, requires
from wabolt.ui.forms import show_refusal


def channel_or_404(request: HttpRequest, channel_id: int) -> Channel:
    """Returns a number of this workspace, or raises Http404."""
    try:
        return queries.get_channel(workspace_of(request), channel_id)
    except Channel.DoesNotExist:
        raise Http404 from None


@requires("viewer")
@require_safe
def number_list(request: HttpRequest) -> HttpResponse:
    """Shows a card for each number."""
    role = membership_of(request).role
    context = {
        "cards": queries.number_cards(workspace_of(request)),
        "may_change": at_least(role, "manager"),
        "may_add": at_least(role, "owner"),
        "has_lanes": registry.lanes() is not None,
    }
    return render_page(request, "channels/list.html", context)


@requires("owner")
@require_safe
def number_new(request: HttpRequest) -> HttpResponse:
    """Shows the three ways to add a number."""
    return render_page(request, "channels/new.html", {"is_demo": workspace_of(request).is_demo})


@requires("manager")
@edits(Channel, "channel_id")
@require_http_methods(["GET", "HEAD", "POST"])
def number_settings(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Changes the settings of a number, and shows events that could not be parsed."""
    channel = channel_or_404(request, channel_id)
    form = SettingsForm(channel, request.POST or None)
    if request.method == "POST" and form.is_valid():
        settings = form.settings()
        try:
            services.update_channel_settings(
                channel=channel,
                actor=user_of(request),
                name=form.cleaned_data["name"],
                answers=form.answers(),
                **{field: getattr(settings, field) for field in settings.__dataclass_fields__},
            )
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("channels:list")
    workspace = workspace_of(request)
    context = {
        "form": form,
        "channel": channel,
        "is_simulation": registry.capabilities(channel.provider).is_simulation,
        "events": queries.event_counts(workspace, [channel.pk])[channel.pk],
        "troubles": queries.troubled_events(workspace, channel.pk),
        "may_archive": at_least(membership_of(request).role, "owner"),
    }
    return render_page(request, "channels/settings.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_POST
def number_retry(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Parses failed events again."""
    channel = channel_or_404(request, channel_id)
    count = services.retry_events(channel=channel, actor=user_of(request))
    messages.success(request, _("%(count)s will be read again.") % {"count": count})
    return redirect("channels:settings", channel.pk)


@requires("owner")
@require_http_methods(["GET", "HEAD", "POST"])
def number_archive(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Asks for confirmation and archives a number."""
    channel = channel_or_404(request, channel_id)
    if request.method == "POST":
        services.archive_channel(channel=channel, actor=user_of(request))
        messages.success(request, _("%(name)s is archived.") % {"name": channel.name})
        return redirect("channels:list")
    return render_page(request, "channels/archive.html", {"channel": channel})


@requires("manager")
@require_http_methods(["GET", "HEAD", "POST"])
def number_pause(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Asks for a reason and pauses a number."""
    channel = channel_or_404(request, channel_id)
    lanes = registry.lanes()
    if lanes is None:
        raise Http404
    form = PauseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        lanes.pause(channel, form.cleaned_data["reason"], user_of(request))
        messages.success(request, _("%(name)s is paused.") % {"name": channel.name})
        return redirect("channels:list")
    context = {"form": form, "channel": channel}
    return render_page(request, "channels/pause.html", context, status=422 if form.errors else 200)


@requires("manager")
@require_POST
def number_resume(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Ends the pause of a number."""
    channel = channel_or_404(request, channel_id)
    lanes = registry.lanes()
    if lanes is None:
        raise Http404
    lanes.resume(channel, user_of(request))
    messages.success(request, _("%(name)s sends again.") % {"name": channel.name})
    return redirect(reverse("channels:list"))
