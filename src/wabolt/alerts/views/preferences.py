"""The page on which a member chooses the channels of each kind of alert."""

import hashlib
import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.alerts import queries, registry, services
from wabolt.alerts.devices import FORGET_ON_SIGN_OUT, name_of
from wabolt.alerts.forms import PreferencesForm
from wabolt.alerts.models import MailServer, PushDevice
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.text import storable
from wabolt.lib.web import edits, long_response, render_page, requires


@requires("viewer")
@edits()
@never_cache
@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """The channels of each kind, the quiet hours, and the devices of the signed-in member."""
    membership = membership_of(request)
    kinds = queries.kinds_for(membership.role)
    data = request.POST if request.method == "POST" else None
    form = PreferencesForm(data, kinds=kinds, initial=queries.preferences_of(membership, kinds))
    if request.method == "POST" and form.is_valid():
        services.save_preferences(
            membership=membership,
            chosen=form.chosen(),
            quiet=(form.cleaned_data["quiet_from"], form.cleaned_data["quiet_until"]),
            waking=form.cleaned_data["waking"],
        )
        messages.success(request, _("Saved."))
        return redirect("alerts:preferences")
    devices = queries.devices_of(user_of(request))
    available = {channel.key for channel in registry.channels() if channel.targets([membership])}
    context = {
        "form": form,
        "channels": [
            (channel, channel.key in available, *_state(request, channel.key)) for channel in registry.channels()
        ],
        "devices": devices,
        "known": json.dumps([hashlib.sha256(device.endpoint.encode()).hexdigest() for device in devices]),
        "public_key": services.push_key().public_key,
        "is_owner": at_least(membership.role, "owner"),
    }
    return render_page(request, "alerts/preferences.html", context, status=422 if form.errors else 200)


@requires("viewer")
@long_response
@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Sends a test message to the signed-in member over one channel, and shows the result."""
    channel = request.POST.get("channel", "")[:20]
    results = services.send_test(membership=membership_of(request), channel=channel, language=get_language() or "id")
    if not results:
        messages.warning(request, _("This way is not connected yet."))
    for result in results:
        if result.state == "sent":
            messages.success(request, _("Sent. It arrives in a moment."))
        else:
            messages.error(request, _words(channel, result.reason))
    return redirect("alerts:preferences")


@requires("viewer")
@require_POST
def add_device(request: HttpRequest) -> JsonResponse:
    """Stores the push subscription of this browser. The body is `PushSubscription.toJSON()`."""
    given = _json(request)
    keys = given.get("keys")
    keys = keys if isinstance(keys, dict) else {}
    subscription = services.Subscription(
        endpoint=str(given.get("endpoint", "")),
        p256dh=str(keys.get("p256dh", "")),
        auth=str(keys.get("auth", "")),
        name=name_of(request.headers.get("User-Agent", "")),
    )
    try:
        device = services.add_device(user=user_of(request), subscription=subscription)
    except DomainError as error:
        return JsonResponse({"error": str(error.message)}, status=422)
    request.session[FORGET_ON_SIGN_OUT] = device.pk
    return JsonResponse({"device": device.pk}, status=201)


@requires("viewer")
@require_POST
def forget_device(request: HttpRequest) -> JsonResponse:
    """Removes the push subscription of this browser. The body names its `endpoint`."""
    endpoint = storable(str(_json(request).get("endpoint", "")))
    device = PushDevice.objects.filter(user=user_of(request), endpoint=endpoint).first()
    if device is not None:
        services.remove_device(user=user_of(request), device_id=device.pk)
    return JsonResponse({})


@requires("viewer")
@require_POST
def remove_device(request: HttpRequest, device_id: int) -> HttpResponse:
    """Removes one of the member's devices, for example a lost phone."""
    device = get_object_or_404(PushDevice, user=user_of(request), pk=device_id)
    services.remove_device(user=user_of(request), device_id=device.pk)
    messages.success(request, _("Removed. This device gets no more notifications."))
    return redirect("alerts:preferences")


def _state(request: HttpRequest, channel: str) -> tuple[bool, str]:
    """Whether a channel was tested, and why its last message failed. Only a mail server can be set up untested."""
    if channel != "email":
        return True, ""
    server = MailServer.objects.filter(workspace=workspace_of(request)).first()
    if server is None or server.problem == MailServer.UNTESTED:
        return False, ""
    return True, _words("email", server.problem) if server.problem else ""


def _words(channel: str, reason: str) -> str:
    carrier = registry.channel_of(channel)
    return carrier.words(reason) if carrier is not None else ""


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError, RawPostDataException):  # the last one: a form was read in its place
        return {}
    return given if isinstance(given, dict) else {}
