"""Reads of messaging."""

from django.db.models import Count, QuerySet

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.messaging.models import Message


def state_counts(workspace: Workspace, origin_kind: str, origin_id: int) -> dict[str, int]:
    """How many messages of an origin are in each state (all states are there, also at 0). Exact: one walk of the
    index message_of_origin."""
    counts = dict.fromkeys(Message.State.values, 0)
    del counts[Message.State.RECEIVED]
    rows = Message.objects.filter(workspace=workspace, origin_kind=origin_kind, origin_id=origin_id)
    counts.update(rows.order_by().values_list("state").annotate(count=Count("id")))
    return counts


def conversation(workspace: Workspace, contact: Contact) -> QuerySet[Message]:
    """All messages with a contact, newest first."""
    return (
        Message.objects.filter(workspace=workspace, contact=contact)
        .select_related("author", "channel", "quoted")
        .order_by("-id")
    )
