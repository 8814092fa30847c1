"""The public side: the privacy page of a shop, the form for a request, and the download of a copy."""

from http import HTTPStatus
from uuid import UUID, uuid4

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import Verdict, VisitorLimits, admit_visitor
from wabolt.lib import clock
from wabolt.lib.qr import qr_svg
from wabolt.lib.web import client_ip, for_crowds, public
from wabolt.privacy import queries
from wabolt.privacy.forms import RequestForm
from wabolt.privacy.models import PrivacySettings
from wabolt.privacy.public_page import page_context
from wabolt.privacy.rules import words_of
from wabolt.privacy.services import open_export, submit_form

_SALT = "privacy.form"
LANGUAGES = ("id", "en")
FORM_LIFETIME = 24 * 3600
"""Seconds in which an opened form can be submitted."""
LIMITS = VisitorLimits(per_address=10, per_network=50, per_object=300)
"""Submitted forms in ten minutes. A person asks once."""
DOWNLOADS = VisitorLimits(per_address=20, per_network=100, per_object=1000)


@for_crowds
@public("customers read what a shop does with their data")
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The privacy page of a shop, in Indonesian or English (`?lang=en`)."""
    found = queries.settings_by_slug(slug)
    if found is None:
        return _gone(request)
    language = _language(request, found.workspace)
    with override(language):
        return _show(request, "privacy/public/page.html", page_context(found, language))


@for_crowds
@public("customers ask for their data or its erasure")
@csrf_exempt  # the form has no authority of a session; its signed key makes a double submit one ticket
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for a request. It ends in the person's own WhatsApp message, whose number is the identity."""
    found = queries.settings_by_slug(slug)
    if found is None:
        return _gone(request)
    language = _language(request, found.workspace)
    with override(language):
        if request.method != "POST":
            return _form(request, found, RequestForm(), language)
        form, key = RequestForm(request.POST), _key(found, request.POST.get("key", ""))
        if key is None or request.POST.get("website"):
            problem = _("This page was open for a long time. Send it once more, please.")
            return _form(request, found, form, language, problem)
        if not form.is_valid():
            return _form(request, found, form, language, key=key)
        workspace = found.workspace
        verdict = admit_visitor(
            workspace=workspace, purpose="privacy", subject=workspace.pk, ip=client_ip(request), limits=LIMITS
        )
        # A crowded form stays open: the law gives this right to each person, and old tickets are deleted.
        if verdict is Verdict.REFUSED:
            problem = _("Many requests came at once. Wait a few minutes and send it again.")
            response = _form(request, found, form, language, problem, key)
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
            response["Retry-After"] = str(int(LIMITS.window.total_seconds()))
            return response
        ticket = submit_form(
            workspace=workspace, kind=form.cleaned_data["kind"], details=form.cleaned_data["details"], form_key=key
        )
        response = redirect("privacy:ask_send", slug=slug, code=ticket.code)
        response["Location"] += f"?lang={language}"
        return response


@for_crowds
@public("the person who filled in the form; the code in the address cannot be guessed")
@require_safe
def ask_send(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The button that opens WhatsApp with the message. It shows nothing that the form said."""
    found = queries.settings_by_slug(slug)
    ticket = queries.waiting_ticket(found.workspace, code) if found else None
    if found is None or ticket is None:
        return _gone(request)
    message = queries.request_message(found.workspace, ticket)
    language = _language(request, found.workspace)
    with override(language):
        context = {
            "settings": found,
            "message": message,
            "qr": qr_svg(message.url) if message.url else "",
            "lang": language,
        }
        return _show(request, "privacy/public/send.html", context)


@for_crowds
@public("the person who asked for a copy; the token in the address cannot be guessed")
@csrf_exempt  # the token is the authority
@require_http_methods(["GET", "HEAD", "POST"])
def download(request: HttpRequest, token: str) -> HttpResponse:
    """The copy of a person's data. The page has a button, because link previews open addresses by themselves."""
    pack = queries.find_export(token)
    if pack is None:
        return _gone(request)
    workspace = pack.request.workspace
    with override(workspace.language):
        if request.method != "POST":
            return _show(request, "privacy/public/download.html", {"pack": pack, "shop": workspace.name})
        verdict = admit_visitor(
            workspace=workspace, purpose="data_copy", subject=pack.pk, ip=client_ip(request), limits=DOWNLOADS
        )
        if verdict is not Verdict.ADMITTED:
            return _gone(request, HTTPStatus.TOO_MANY_REQUESTS)
        opened = open_export(token=token)
        if opened is None:
            return _gone(request)
        response = HttpResponse(bytes(opened.data), content_type="application/zip")
        name = f"{_('your-data')}-{opened.request_id}.zip"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return _private(response)


def _form(
    request: HttpRequest,
    found: PrivacySettings,
    form: RequestForm,
    language: str,
    problem: str = "",
    key: UUID | None = None,
) -> HttpResponse:
    token = signing.dumps([found.slug, str(key or uuid4())], salt=_SALT)
    context = {
        "settings": found,
        "form": form,
        "problem": problem,
        "key": token,
        "lang": language,
        "words": words_of(found.words),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem or form.errors else HTTPStatus.OK
    return _show(request, "privacy/public/ask.html", context, status)


def _key(found: PrivacySettings, token: str) -> UUID | None:
    """The key of the submission; None if the hidden field is missing, forged, of another shop, or too old."""
    try:
        slug, key = signing.loads(token, salt=_SALT, max_age=FORM_LIFETIME)
        return UUID(key) if slug == found.slug else None
    except (signing.BadSignature, ValueError, TypeError):
        return None


def _language(request: HttpRequest, workspace: Workspace) -> str:
    wanted = request.GET.get("lang", "")
    return wanted if wanted in LANGUAGES else (workspace.language[:2] if workspace.language[:2] in LANGUAGES else "id")


def _show(request: HttpRequest, template: str, context: dict[str, object], status: int = HTTPStatus.OK) -> HttpResponse:
    return _private(render(request, template, {"now": clock.now(), **context}, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def _gone(request: HttpRequest, status: int = HTTPStatus.NOT_FOUND) -> HttpResponse:
    """The same answer for an unknown, a used and a foreign address."""
    return _private(render(request, "privacy/public/gone.html", status=status))
