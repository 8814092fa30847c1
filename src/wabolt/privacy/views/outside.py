"""The addresses outside that get data of contacts, and the notices that they get after an erasure."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.lib.roles import at_least
from wabolt.lib.web import render_page, requires
from wabolt.lib.webhooks import signing_secret
from wabolt.privacy import queries, services
from wabolt.privacy.models import ErasureNotice

A_PAGE = 30


@requires("manager")
@require_GET
def outside(request: HttpRequest) -> HttpResponse:
    """The addresses, the notices, and for the owner the secret with which receivers check the signature."""
    workspace = workspace_of(request)
    page = Paginator(queries.notices(workspace), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "addresses": queries.addresses_outside(workspace),
        "page": page,
        "rows": [(notice, queries.problem_words(notice.problem)) for notice in page.object_list],
        "secret": signing_secret(workspace.pk) if at_least(membership_of(request).role, "owner") else "",
    }
    return render_page(request, "privacy/outside.html", context)


@requires("manager")
@require_POST
def retry(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Attempts a notice again that was given up."""
    try:
        services.retry_notice(workspace=workspace_of(request), notice_id=notice_id, actor=user_of(request))
    except ErasureNotice.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("It is tried again within a minute."))
    return redirect("privacy:outside")
