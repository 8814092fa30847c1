"""Marking conversations as read or answered by a member."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import F

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.lib import clock
from wabolt.messaging.outbox.services.notify import wake_lane
from wabolt.messaging.store.models import Conversation

_SEEN = """
    WITH newest AS (
        SELECT c.id, CASE WHEN c.last_inbound_at IS NULL THEN 0 ELSE coalesce((
               SELECT m.id FROM messaging_message m
                WHERE m.contact_id = c.contact_id AND m.channel_id = c.channel_id AND m.direction = 'inbound'
                ORDER BY m.id DESC LIMIT 1), 0) END AS message
          FROM messaging_conversation c WHERE c.workspace_id = %(workspace)s AND c.contact_id = %(contact)s)
    UPDATE messaging_conversation c SET unread = 0, seen_id = greatest(c.seen_id, n.message), seen_at = %(now)s
      FROM newest n WHERE c.id = n.id AND (c.unread > 0 OR n.message > c.seen_id)
    RETURNING c.channel_id, c.seen_id > c.told_id
"""


@transaction.atomic
def mark_read(*, workspace: Workspace, contact: Contact) -> None:
    """Marks the contact's conversations as read. The gateway sends read receipts for channels that show them."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"workspace": workspace.pk, "contact": contact.pk, "now": clock.now()})
        rows = cursor.fetchall()
    for channel_id, is_news in rows:
        if is_news:
            wake_lane(channel_id)


def mark_answered(*, workspace: Workspace, contact: Contact) -> None:
    """Marks the contact's conversations as answered: they no longer wait. A member has replied, or needs no reply."""
    Conversation.objects.filter(workspace=workspace, contact=contact, unanswered__gt=0).update(unanswered=0)


def mark_waiting(*, conversation_ids: Iterable[int]) -> None:
    """Marks the newest message of the customer as unread in each of these conversations: it needs a member after all,
    because what took it has failed. `conversation_ids` may be a query."""
    rows = Conversation.objects.filter(pk__in=conversation_ids)
    rows.update(unread=F("unread") + 1, unanswered=F("unanswered") + 1)
