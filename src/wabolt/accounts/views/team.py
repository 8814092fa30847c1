"""Members, their roles, and invitations, which the owner sends by WhatsApp."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from wabolt.accounts import queries, registry, services
from wabolt.accounts.forms import InviteForm
from wabolt.accounts.models import Invitation, Membership
from wabolt.accounts.queries import user_of, workspace_of
from wabolt.lib.errors import DomainError
from wabolt.lib.phones import chat_url
from wabolt.lib.public_address import absolute_url
from wabolt.lib.roles import at_least
from wabolt.lib.web import render_page, requires
from wabolt.ui.forms import show_refusal

_NEW_LINK = "new_invitation"


@requires("owner")
@never_cache
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest) -> HttpResponse:
    """Members and open invitations. Creates an invitation and shows its link once, on the next page."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            invited, path = services.invite(workspace=workspace_of(request), by=user_of(request), **form.cleaned_data)
        except DomainError as error:
            show_refusal(form, error)
        else:
            request.session[_NEW_LINK] = [invited.name, absolute_url(path)]
            return redirect("accounts:team")
    name, link = request.session.pop(_NEW_LINK, ("", "")) if request.method == "GET" else ("", "")
    context = {
        "form": form,
        "members": queries.team(workspace_of(request)),
        "roles": Membership.Role.choices,
        "permissions": [(label, registry.permissions_of(role)) for role, label in reversed(Membership.Role.choices)],
        "invitations": queries.waiting_invitations(workspace_of(request)),
        "new_name": name,
        "new_link": link,
        "share_url": chat_url("", _invitation_text(request, link)) if link else "",
    }
    return render_page(request, "accounts/team.html", context, status=422 if form.errors else 200)


def _invitation_text(request: HttpRequest, link: str) -> str:
    return _("You are invited to the WABolt team of %(shop)s. The link works once, for 7 days: %(link)s") % {
        "shop": workspace_of(request).name,
        "link": link,
    }


@requires("owner")
@require_POST
def change_role(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Changes a member's role. Before lowering it, shows the open invitations that give more than the new role."""
    membership = get_object_or_404(
        Membership.objects.select_related("user"), workspace=workspace_of(request), pk=membership_id
    )
    role = request.POST.get("role", "")
    is_lower = role in Membership.Role.values and not at_least(role, membership.role)
    if is_lower and "confirmed" not in request.POST:
        above = queries.invitations_above(workspace_of(request), role)
        if above:
            context = {"member": membership, "role": role, "label": Membership.Role(role).label, "invitations": above}
            return render_page(request, "accounts/lower_role.html", context)
    try:
        changed = services.change_role(
            membership=membership, role=role, by=user_of(request), revoke_open="revoke_open" in request.POST
        )
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(
            request, _("%(name)s is %(role)s now.") % {"name": changed.user, "role": changed.get_role_display()}
        )
    return redirect("accounts:settings" if membership.user_id == user_of(request).pk else "accounts:team")


@requires("owner")
@require_http_methods(["GET", "POST"])
def remove_member(request: HttpRequest, membership_id: int) -> HttpResponse:
    """Asks for confirmation, then removes a member."""
    membership = get_object_or_404(
        Membership.objects.select_related("user"), workspace=workspace_of(request), pk=membership_id
    )
    if request.method == "GET":
        context = {"member": membership, "invitations": queries.invitations_above(workspace_of(request), "")}
        return render_page(request, "accounts/remove_member.html", context)
    try:
        services.remove_member(membership=membership, by=user_of(request), revoke_open="revoke_open" in request.POST)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("%(name)s no longer works here.") % {"name": membership.user})
    return redirect("accounts:team")


@requires("owner")
@require_POST
def revoke_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Revokes an invitation."""
    invitation = get_object_or_404(Invitation, workspace=workspace_of(request), pk=invitation_id)
    services.revoke_invitation(workspace=workspace_of(request), invitation=invitation, by=user_of(request))
    messages.success(request, _("The invitation of %(name)s no longer works.") % {"name": invitation.name})
    return redirect("accounts:team")
