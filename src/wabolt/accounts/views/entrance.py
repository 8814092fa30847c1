"""Set-up of the first owner, sign-in links, invitations, and the choice of a workspace."""

import secrets

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from wabolt.accounts import devices, queries, services
from wabolt.accounts.forms import InvitationForm, SetupForm
from wabolt.accounts.middleware import SESSION_KEY
from wabolt.accounts.models import Membership, User
from wabolt.lib.errors import DomainError
from wabolt.lib.web import public, requires, whole_number
from wabolt.ui.forms import show_refusal

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@public("the first owner, who has no login yet; closed for ever once there is one")
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Creates the first owner and their shop. The link that the terminal printed is required."""
    if queries.is_set_up():
        return redirect("account_login")
    if not _holds_setup_token(request):
        return render(request, "accounts/setup_closed.html", status=403)
    form = SetupForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user, workspace = services.set_up(language=(get_language() or "id")[:2], **form.cleaned_data)
        except DomainError as error:
            if error.code == "done":
                return redirect("account_login")
            form.add_error("shop" if error.field == "name" else None, str(error.message))
        except ValidationError as error:
            form.add_error("password", error)
        else:
            _sign_in(request, user, workspace.pk)
            return redirect(resolve_url(settings.LOGIN_REDIRECT_URL))
    return render(request, "accounts/setup.html", {"form": form}, status=422 if form.errors else 200)


def _holds_setup_token(request: HttpRequest) -> bool:
    given = request.GET.get("token", "")
    return secrets.compare_digest(queries.setup_token().encode(), given.encode("utf-8", "replace"))


@public("signs in to a demo shop by a link that works once")
@never_cache
@require_GET
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Signs a person in to a demo shop."""
    try:
        user = services.use_sign_in_link(token=token)
    except DomainError:
        if request.user.is_authenticated:
            return redirect(resolve_url(settings.LOGIN_REDIRECT_URL))
        return render(request, "accounts/link_closed.html", {"demo": True}, status=410)
    _sign_in(request, user)
    return redirect(resolve_url(settings.LOGIN_REDIRECT_URL))


@public("an invited person, who has no login yet")
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Shows an invitation. A signed-in person or a new one can accept it."""
    invited = queries.invitation_for(token)
    if invited is None:
        return render(request, "accounts/link_closed.html", status=410)
    user = request.user if isinstance(request.user, User) else None
    typed = request.POST if request.method == "POST" else None
    form = Form(typed) if user else InvitationForm(typed, initial={"name": invited.name})
    if form.is_valid():
        try:
            answers = {} if user else form.cleaned_data
            membership = services.accept_invitation(token=token, user=user, **answers)
        except DomainError as error:
            show_refusal(form, error)
        except ValidationError as error:
            form.add_error("password", error)
        else:
            _sign_in(request, membership.user, membership.workspace_id)
            return redirect(resolve_url(settings.LOGIN_REDIRECT_URL))
    context = {"invitation": invited, "form": form}
    return render(request, "accounts/invitation.html", context, status=422 if form.errors else 200)


def _sign_in(request: HttpRequest, user: User, workspace_id: int | None = None) -> None:
    if request.user != user:
        login(request, user, backend=BACKEND)
        devices.remember(request, user.email)
    if workspace_id is not None:
        request.session[SESSION_KEY] = workspace_id


@public("people who are signed in but belong to no workspace")
@require_GET
def no_workspace(request: HttpRequest) -> HttpResponse:
    """Tells a person without a workspace how to get into one."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if getattr(request, "membership", None) is not None:
        return redirect(resolve_url(settings.LOGIN_REDIRECT_URL))
    return render(request, "accounts/no_workspace.html")


@requires("viewer")
@require_http_methods(["GET", "POST"])
def choose_workspace(request: HttpRequest) -> HttpResponse:
    """Lets a person with several workspaces choose one."""
    if request.method == "POST":
        chosen = request.POST.get("workspace", "")
        membership = get_object_or_404(Membership, user=request.user, workspace_id=whole_number(chosen) or 0)
        request.session[SESSION_KEY] = membership.workspace_id
        messages.success(request, _("You are in %(shop)s now.") % {"shop": membership.workspace.name})
        return redirect(resolve_url(settings.LOGIN_REDIRECT_URL))
    return render(
        request, "accounts/choose_workspace.html", {"memberships": queries.memberships(queries.user_of(request))}
    )


@public("people who have forgotten their password and cannot sign in")
@require_GET
def forgotten(request: HttpRequest) -> HttpResponse:
    """Explains how the operator sets a new password."""
    return render(request, "accounts/forgotten.html")


@public("a page of allauth that this product does not have: it is there for nobody")
def closed(request: HttpRequest, /, **parameters: str) -> HttpResponse:
    """Answers 404."""
    raise Http404
