"""The conversation page of a contact, and the redirect of tracked links."""

from django.conf import settings
from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from wabolt.accounts.queries import membership_of, user_of, workspace_of
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import called, get_contact
from wabolt.lib.errors import DomainError
from wabolt.lib.roles import at_least
from wabolt.lib.text import storable
from wabolt.lib.web import accepts_body, answer_poll, back_to, for_crowds, kept_offline, public, render_page, requires
from wabolt.media.queries import referenced_media
from wabolt.media.services import forget_shared, store_upload
from wabolt.messaging.conversations.panels import conversation_context, thread
from wabolt.messaging.conversations.reading import mark_read
from wabolt.messaging.conversations.replies import Reply, queue_reply
from wabolt.messaging.conversations.shown import shown_channel
from wabolt.messaging.outbox.services.clicks import record_click
from wabolt.personalization.queries import is_machine


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("viewer")
@kept_offline
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """One page of messages, newest first, before `?before=<message id>`. A POST sends a reply."""
    contact = _contact_or_404(request, contact_id)
    if request.method == "POST":
        return _reply(request, contact)
    live = request.headers.get("HX-Request")
    panel = thread(request, contact) if live else conversation_context(request, contact)
    if not live and at_least(membership_of(request).role, "agent"):
        mark_read(workspace=workspace_of(request), contact=contact)
    facts = (panel["older"], [line.facts for line in panel["lines"]])

    def draw() -> HttpResponse:
        name = called(workspace_of(request), [contact])[contact.pk]
        context = {"contact": contact, "name": name, "panel": panel}
        return render_page(request, "messaging/conversation.html", context, fragments=("thread",))

    return answer_poll(request, facts, draw)


@requires("agent")
def _reply(request: HttpRequest, contact: Contact) -> HttpResponse:
    workspace = workspace_of(request)
    text = storable(str(request.POST.get("text", "")))
    refusal: DomainError | None = None
    upload = request.FILES.get("file")
    kept_media = referenced_media(workspace, str(request.POST.get("media_kept", "")))
    try:
        reply = Reply(
            text=text,
            author=user_of(request),
            channel=shown_channel(request, contact),
            form_key=storable(str(request.POST.get("form_key", ""))),
            media=store_upload(workspace=workspace, upload=upload) if upload is not None else kept_media,
        )
        queue_reply(workspace=workspace, contact=contact, reply=reply)
        forget_shared(request=request)
    except DomainError as error:
        refusal = error
    if not request.headers.get("HX-Request"):
        if refusal is not None:
            notices.error(request, str(refusal))
        return redirect(_next_page(request, contact))
    left = {"draft": text, "attached": kept_media} if refusal else {"draft": "", "attached": None}
    panel = conversation_context(request, contact, refusal=refusal, **left)
    return render(request, "messaging/parts/conversation.html", {"panel": panel})


def _next_page(request: HttpRequest, contact: Contact) -> str:
    """The URL of the page that sent the reply; the contact's page if the form names no page of ours."""
    return back_to(request, f"{reverse('contacts:detail', args=[contact.pk])}?tab=conversation")


@for_crowds
@public("a short address in a message, opened by whoever got it")
@require_safe
def visit(request: HttpRequest, token: str) -> HttpResponse:
    """Records a visit and redirects. The target comes from our own text, so the request cannot choose it."""
    is_bot = is_machine(request.method or "", request.headers)
    try:
        url = record_click(token=token, user_agent=storable(request.headers.get("User-Agent", "")), is_bot=is_bot)
    except DomainError:
        raise Http404 from None
    response = HttpResponseRedirect(url)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _contact_or_404(request: HttpRequest, contact_id: int) -> Contact:
    try:
        return get_contact(workspace_of(request), contact_id)
    except Contact.DoesNotExist:
        raise Http404 from None
