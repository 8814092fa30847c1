"""The page "Public address", and the answer to the self-check."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from wabolt.accounts.queries import membership_of, user_of
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.web import public, render_page, requires
from wabolt.public_address import queries, services
from wabolt.public_address.forms import NameForm
from wabolt.ui.forms import show_refusal

NONCE = range(16, 65)
"""Possible lengths of a nonce."""


@requires("manager")
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Shows who can open this installation, the last self-check, and how to get a public address."""
    return _show(request, NameForm())


def _show(request: HttpRequest, form: NameForm) -> HttpResponse:
    may_change = services.may_change_name() and at_least(membership_of(request).role, "owner")
    context = {"report": queries.report(), "form": form if may_change else None}
    return render_page(request, "public_address/page.html", context, status=422 if form.errors else 200)


@requires("owner")
@require_POST
def change_name(request: HttpRequest) -> HttpResponse:
    """Changes the domain name, if this installation manages its name."""
    form = NameForm(request.POST)
    if form.is_valid():
        try:
            services.change_name(name=form.cleaned_data["name"], by=user_of(request))
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, _("WABolt restarts with the new name. Open the new address in half a minute."))
            return redirect("public_address:page")
    return _show(request, form)


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
