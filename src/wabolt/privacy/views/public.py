"""The public side: the privacy page of a shop, the form for a request, and the download of a copy."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.accounts.models import Workspace
from wabolt.accounts.services import (
    FormGuard,
    Refusal,
    Verdict,
    VisitorLimits,
    admit_visitor,
    challenge_of,
    check_fill,
    check_visitor,
    open_form,
    reopen_form,
    seal_form,
)
from wabolt.lib import clock
from wabolt.lib.qr import qr_svg
from wabolt.lib.web import client_ip, for_crowds, public
from wabolt.optin.queries import settings_of as optin_settings
from wabolt.privacy import queries
from wabolt.privacy.forms import RequestForm
from wabolt.privacy.models import PrivacySettings, RequestTicket
from wabolt.privacy.public_page import page_context
from wabolt.privacy.rules import words_of
from wabolt.privacy.services import open_export, submit_form

LANGUAGES = ("id", "en")
LIMITS = VisitorLimits(per_address=10, per_network=50, per_object=300)
"""Submitted forms in ten minutes. A person asks once. More of them than `per_object` need a proof of work. A word in
the chat always opens a request, because the law gives this right to each person."""
DOWNLOADS = VisitorLimits(per_address=20, per_network=100, per_object=1000)


@for_crowds
@public("customers read what a shop does with their data")
@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The privacy page of a shop, in Indonesian or English (`?lang=en`)."""
    privacy = queries.settings_by_slug(slug)
    if privacy is None:
        return _gone(request)
    language = _language(request, privacy.workspace)
    with override(language):
        return _show(request, "privacy/public/page.html", page_context(privacy, language))


@for_crowds
@public("customers ask for their data or its erasure")
@csrf_exempt  # the form has no authority of a session; its signed key makes a double submit one ticket
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """The form for a request. It ends in the person's own WhatsApp message, whose number is the identity."""
    privacy = queries.settings_by_slug(slug)
    if privacy is None:
        return _gone(request)
    language = _language(request, privacy.workspace)
    with override(language):
        if request.method != "POST":
            return _form(request, privacy, RequestForm(), language)
        return _submit(request, privacy, language)


def _submit(request: HttpRequest, privacy: PrivacySettings, language: str) -> HttpResponse:
    guard, form = _guard(privacy), RequestForm(request.POST)
    opened = open_form(guard, request.POST)
    key = opened.key if opened else None
    is_known = key is not None and queries.is_submitted(privacy.workspace, key)
    refusal = check_fill(opened, request.POST)
    if key is None or refusal is Refusal.EXPIRED:
        problem = _("This page was open for a long time. Send it once more, please.")
        return _form(request, privacy, form, language, problem)
    if refusal is not None:
        problem = _("That was very fast. Your answers are still here; send them once more.")
        return _form(request, privacy, form, language, problem, key)
    if not form.is_valid():
        return _form(request, privacy, form, language, key=key)
    # Sent twice, or corrected after the back button: it was counted, and its proof of work is used up.
    refusal = None if is_known else check_visitor(guard, request.POST, client_ip(request))
    if refusal is Refusal.TOO_MANY:
        problem = _("Many requests came at once. Wait a few minutes and send it again.")
        response = _form(request, privacy, form, language, problem, key)
        return _try_later(response)
    if refusal is not None:
        problem = _("Very many forms arrive right now, so we check that no program sends them. Send it once more.")
        return _form(request, privacy, form, language, problem, key)
    given = form.cleaned_data
    ticket = submit_form(workspace=privacy.workspace, kind=given["kind"], details=given["details"], form_key=key)
    return _to_message(privacy, ticket, language)


def _to_message(privacy: PrivacySettings, ticket: RequestTicket, language: str) -> HttpResponse:
    response = redirect("privacy:ask_send", slug=privacy.slug, code=ticket.code)
    response["Location"] += f"?lang={language}"
    return response


def _guard(privacy: PrivacySettings) -> FormGuard:
    workspace = privacy.workspace
    return FormGuard(
        workspace=workspace,
        purpose="privacy",
        subject=workspace.pk,
        limits=LIMITS,
        always_proves=optin_settings(workspace).proof_of_work,
    )


@for_crowds
@public("the browser of a visitor, before it sends the form for a request")
@require_safe
def challenge(request: HttpRequest, slug: str) -> HttpResponse:
    """A challenge of the proof of work for the form. Nothing is stored."""
    privacy = queries.settings_by_slug(slug)
    if privacy is None:
        return _gone(request)
    return _private(JsonResponse(challenge_of(_guard(privacy))))


@for_crowds
@public("the person who filled in the form; the code in the address cannot be guessed")
@require_safe
def ask_send(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The button that opens WhatsApp with the message. It shows nothing that the form said."""
    privacy = queries.settings_by_slug(slug)
    ticket = queries.waiting_ticket(privacy.workspace, code) if privacy else None
    if privacy is None or ticket is None:
        return _gone(request)
    message = queries.request_message(privacy.workspace, ticket)
    language = _language(request, privacy.workspace)
    with override(language):
        context = {
            "settings": privacy,
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
            return _try_later(_show(request, "429.html", {}))
        opened = open_export(token=token)
        if opened is None:
            return _gone(request)
        response = HttpResponse(bytes(opened.data), content_type="application/zip")
        name = _("your-data") + f"-{opened.request_id}.zip"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return _private(response)


def _form(
    request: HttpRequest,
    privacy: PrivacySettings,
    form: RequestForm,
    language: str,
    problem: str = "",
    key: UUID | None = None,
) -> HttpResponse:
    guard = _guard(privacy)
    context = {
        "settings": privacy,
        "form": form,
        "problem": problem,
        "key": reopen_form(guard, key=key) if form.is_bound else seal_form(guard),
        "lang": language,
        "words": [words[0] for words in words_of(privacy.words).values()],
        "challenge_url": reverse("privacy:challenge", args=[privacy.slug]) if guard.needs_proof else "",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem or form.errors else HTTPStatus.OK
    return _show(request, "privacy/public/ask.html", context, status)


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


def _try_later(response: HttpResponse) -> HttpResponse:
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    response["Retry-After"] = str(int(LIMITS.window.total_seconds()))
    return response


def _gone(request: HttpRequest) -> HttpResponse:
    """The same answer for an unknown, a used and a foreign address."""
    return _private(render(request, "privacy/public/gone.html", status=HTTPStatus.NOT_FOUND))
