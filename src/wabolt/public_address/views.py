"""The page "Public address", and the answer to the self-check."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from wabolt.lib.web import public, render_page, requires
from wabolt.public_address import queries, services

NONCE = range(16, 65)
"""Possible lengths of a nonce."""


@requires("manager")
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Shows who can open this installation, the last self-check, and how to get a public address."""
    return render_page(request, "public_address/page.html", {"report": queries.report()})


@requires("manager")
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Checks the public address in the background."""
    services.check_address_soon()
    messages.info(request, _("The address is being checked. Load this page again in a moment."))
    return redirect("public_address:page")


@public("The installation asks itself through its public address.")
@never_cache
@require_safe
def prove(request: HttpRequest, nonce: str) -> HttpResponse:
    """Answers a nonce with its signature."""
    if len(nonce) not in NONCE:
        raise Http404
    return HttpResponse(queries.signature_of(nonce), content_type="text/plain")
