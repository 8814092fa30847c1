"""The page that sends an approved template to one contact."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from wabolt.accounts.queries import user_of, workspace_of
from wabolt.channels.registry import capabilities
from wabolt.contacts.models import Contact
from wabolt.contacts.queries import called, get_contact
from wabolt.lib.errors import DomainError
from wabolt.lib.text import storable
from wabolt.lib.web import accepts_body, render_page, requires, whole_number
from wabolt.media.services import store_upload
from wabolt.messaging.conversations.shown import shown_channel
from wabolt.messaging.conversations.template_replies import TemplateReply, gaps_for, queue_template, reads_for
from wabolt.messaging.message_templates.forms import PersonalTemplateForm, TemplateChoiceForm
from wabolt.messaging.message_templates.models import Template
from wabolt.messaging.message_templates.queries import personal_templates, purpose_of
from wabolt.messaging.outbox.queries import reason_words, send_decision
from wabolt.messaging.store.models import Message
from wabolt.ui.forms import show_refusal

PAGE = "messaging/template_reply.html"


@accepts_body(settings.MEDIA_MAX_BYTES)
@requires("agent")
@require_http_methods(["GET", "HEAD", "POST"])
def template_reply(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Shows the templates and the gaps of the chosen one, and sends it. A POST with `do=preview` only renders the
    preview."""
    contact = _contact(request, contact_id)
    back_url = f"{reverse('contacts:detail', args=[contact.pk])}?tab=conversation"
    channel = shown_channel(request, contact)
    if contact.erased_at is not None or channel is None or not capabilities(channel.provider).needs_templates:
        return redirect(back_url)
    choices = personal_templates(contact.workspace, channel)
    chosen = _chosen(request, choices)
    context: dict[str, Any] = {
        "contact": contact,
        "name": called(workspace_of(request), [contact])[contact.pk],
        "channel": channel,
        "back_url": back_url,
        "has_choices": bool(choices),
        "choice": TemplateChoiceForm(choices, initial={"template": chosen}) if choices else None,
        "chosen": chosen,
    }
    if chosen is None:
        return render_page(request, PAGE, context)
    form = PersonalTemplateForm(
        chosen, request.POST or None, request.FILES or None,
        initial=gaps_for(template=chosen, contact=contact) if request.method != "POST" else None,
    )  # fmt: skip
    is_preview = request.POST.get("do") == "preview"
    if request.method == "POST" and not is_preview and form.is_valid() and _queued(request, contact, chosen, form):
        return redirect(back_url)
    purpose = purpose_of(chosen)
    decision = send_decision(contact.workspace, channel, contact, purpose)
    context |= {
        "form": form,
        "form_key": str(request.POST.get("form_key", "")) or uuid4().hex,
        "reads": reads_for(template=chosen, contact=contact, parameters=form.texts()),
        "is_promotion": purpose == Message.Purpose.MARKETING,
        "never": not decision.allowed and decision.not_before is None,
        "why": reason_words(decision.reason),
    }
    refused = request.method == "POST" and not is_preview
    return render_page(request, PAGE, context, fragments=("preview",), status=422 if refused else 200)


def _contact(request: HttpRequest, contact_id: int) -> Contact:
    try:
        return get_contact(workspace_of(request), contact_id)
    except Contact.DoesNotExist:
        raise Http404 from None


def _chosen(request: HttpRequest, choices: list[Template]) -> Template | None:
    """The template that the request names; if it names none, the only one there is."""
    choice = request.POST.get("template") or request.GET.get("template")
    if choice is None:
        return choices[0] if len(choices) == 1 else None
    wanted = whole_number(choice)
    return next((template for template in choices if template.pk == wanted), None)


def _queued(request: HttpRequest, contact: Contact, template: Template, form: PersonalTemplateForm) -> bool:
    """Queues the template and returns whether it was queued; adds errors to the form."""
    upload = form.cleaned_data.get("file")
    media = None
    try:
        if upload is not None:
            media = store_upload(workspace=contact.workspace, upload=upload)
        reply = TemplateReply(
            template=template,
            parameters=form.texts(),
            author=user_of(request),
            form_key=storable(str(request.POST.get("form_key", ""))),
            media=media,
        )
        queue_template(workspace=contact.workspace, contact=contact, channel=template.channel, reply=reply)
    except DomainError as error:
        show_refusal(form, error, {"media": "file"})
        return False
    return True
