"""The strip in a conversation that says who answers now."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from wabolt.accounts.queries import membership_of
from wabolt.autoreply.models import ReplyRule
from wabolt.autoreply.queries import answering_now
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
