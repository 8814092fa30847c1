"""The mail server of the shop."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.alerts import services
from wabolt.alerts.forms import MailServerForm
from wabolt.alerts.models import MailServer
from wabolt.lib.errors import DomainError
from wabolt.lib.web import edits, render_page, requires
from wabolt.ui.forms import show_refusal


@requires("owner")
@edits()
@require_http_methods(["GET", "POST"])
def mail_server(request: HttpRequest) -> HttpResponse:
    """The server, the user name and the sender of the shop's e-mails. The password is never shown."""
    workspace = workspace_of(request)
    server = MailServer.objects.filter(workspace=workspace).first()
    fields = ("host", "port", "security", "username", "sender")
    initial = {field: getattr(server, field) for field in fields} if server is not None else {}
    form = MailServerForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_mail_server(workspace=workspace, values=form.values(), by=user_of(request))
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved. Now send yourself a test."))
            return redirect("alerts:mail")
    context = {"form": form, "server": server}
    return render_page(request, "alerts/mail.html", context, status=422 if form.errors else 200)


@requires("owner")
@require_POST
def remove_mail_server(request: HttpRequest) -> HttpResponse:
    """Forgets the mail server and its password."""
    services.remove_mail_server(workspace=workspace_of(request), by=user_of(request))
    messages.success(request, _("Removed. Alerts no longer come by e-mail."))
    return redirect("alerts:mail")
