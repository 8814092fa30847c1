"""The strip in a conversation that says who answers now."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from wabolt.accounts.queries import membership_of
from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.queries import answering_now, list_chat_forms
from wabolt.autoreply.queries.chat_forms import open_runs
from wabolt.contacts.models import Contact
from wabolt.lib.roles import at_least
from wabolt.messaging.queries import shown_conversation


def mode_panel(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """Whether automatic replies answer in the conversation that the page shows. `is_shown` is False in a shop without
    rules."""
    conversation = shown_conversation(request, contact)
    has_rules = ReplyRule.objects.filter(workspace=contact.workspace_id, deleted_at=None, is_on=True).exists()
    if conversation is None or not has_rules:
        return {"is_shown": False}
    answering = answering_now(conversation)
    return {
        "is_shown": answering.who != "off",
        "who": answering.who,
        "until": answering.until,
        "may_change": at_least(membership_of(request).role, "agent") and contact.erased_at is None,
        "url": reverse("autoreply:mode", args=[conversation.pk]),
        "next": request.get_full_path(),
    }


def asking_panel(request: HttpRequest, contact: Contact) -> dict[str, Any] | None:
    """The chat form that is asked in the conversation that the page shows, and which question is open."""
    conversation = shown_conversation(request, contact)
    run = open_runs(conversation.channel, [contact.pk]).get(contact.pk) if conversation else None
    if run is None:
        return None
    return {"run": run, "number": run.step + 1, "of": len(run.version.questions)}


def form_panel(request: HttpRequest, contact: Contact) -> dict[str, Any] | None:
    """The forms that a member can start in the conversation that the page shows, if the contact has written there and
    is not asked now."""
    conversation = shown_conversation(request, contact)
    if conversation is None or conversation.last_inbound_at is None:
        return None
    if not at_least(membership_of(request).role, "agent"):
        return None
    forms = [form for form in list_chat_forms(contact.workspace) if form.is_on]
    if not forms or contact.pk in open_runs(conversation.channel, [contact.pk]):
        return None
    return {
        "forms": forms,
        "url": reverse("autoreply:form_start", args=[conversation.pk]),
        "next": request.get_full_path(),
    }
