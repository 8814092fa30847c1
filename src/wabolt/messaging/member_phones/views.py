"""The page on which a member connects the own number for alerts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.lib import clock
from wabolt.lib.phones import chat_url
from wabolt.lib.web import render_page, requires
from wabolt.messaging.member_phones import queries, services
from wabolt.messaging.member_phones.models import MemberPhone


@requires("viewer")
@never_cache
@require_GET
def own_phone(request: HttpRequest) -> HttpResponse:
    """The confirmed number, or the code with a link that opens WhatsApp with it."""
    row = MemberPhone.objects.filter(membership=membership_of(request)).first()
    awaited = row is not None and row.code_until is not None and row.code_until > clock.now()
    text = services.text_to_write(row.code) if row is not None and awaited else ""
    numbers = [
        (channel, chat_url(channel.phone, text)) for channel in queries.numbers_to_write_to(workspace_of(request))
    ]
    context = {
        "row": row,
        "text": text,
        "numbers": numbers,
        "is_simulated": queries.has_only_simulated(workspace_of(request)),
        "can_send": queries.carrier_of(workspace_of(request).pk) is not None,
    }
    return render_page(request, "messaging/own_phone.html", context)


@requires("viewer")
@require_POST
def new_code(request: HttpRequest) -> HttpResponse:
    """Makes a new code."""
    services.new_code(membership=membership_of(request))
    return redirect("messaging:own_phone")


@requires("viewer")
@require_POST
def forget_phone(request: HttpRequest) -> HttpResponse:
    """Removes the member's number."""
    services.forget_phone(membership=membership_of(request))
    messages.success(request, _("Removed. Alerts no longer come by WhatsApp."))
    return redirect("messaging:own_phone")
