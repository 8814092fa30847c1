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
from wabolt.messaging.models import Conversation


def mode_panel(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """Whether automatic replies answer the newest conversation of the contact. `is_shown` is False in a shop without
    rules."""
    conversation = (
        Conversation.objects.filter(workspace=contact.workspace_id, contact=contact)
        .order_by("-last_message_at", "-pk")
        .first()
    )
    has_rules = ReplyRule.objects.filter(workspace=contact.workspace_id, deleted_at=None, is_on=True).exists()
    if conversation is None or not has_rules:
        return {"is_shown": False}
    automatic, until = answering_now(conversation)
    return {
        "is_shown": automatic or until is not None,
        "automatic": automatic,
        "until": until,
        "may_change": at_least(membership_of(request).role, "agent") and contact.erased_at is None,
        "url": reverse("autoreply:mode", args=[conversation.pk]),
        "next": request.get_full_path(),
    }


def form_panel(request: HttpRequest, contact: Contact) -> dict[str, Any] | None:
    """The chat form that is asked in the newest conversation now, and the forms that a member can start in it."""
    conversation = (
        Conversation.objects.filter(workspace=contact.workspace_id, contact=contact, last_inbound_at__isnull=False)
        .select_related("channel")
        .order_by("-last_inbound_at", "-pk")
        .first()
    )
    if conversation is None or contact.erased_at is not None:
        return None
    run = open_runs(conversation.channel, [contact.pk]).get(contact.pk)
    may_start = at_least(membership_of(request).role, "agent")
    forms = [form for form in list_chat_forms(contact.workspace) if form.is_on] if may_start else []
    if run is None and not forms:
        return None
    return {
        "run": run,
        "number": run.step + 1 if run else 0,
        "of": len(run.version.questions) if run else 0,
        "forms": forms,
        "url": reverse("autoreply:form_start", args=[conversation.pk]),
        "next": request.get_full_path(),
    }
