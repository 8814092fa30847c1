"""What a member writes to a contact."""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.messaging.conversations.reading import mark_read
from wabolt.messaging.outbox.services.queueing import queue_messages
from wabolt.messaging.store.models import Message
from wabolt.messaging.store.queries import channel_for, service_window
from wabolt.personalization.queries import plain_newlines


@transaction.atomic
def queue_reply(
    *,
    workspace: Workspace,
    contact: Contact,
    text: str,
    author: User,
    channel: Channel | None = None,
    form_key: str = "",
    media: MediaFile | None = None,
) -> Message:
    """Queues what a member writes to a contact, ahead of everything that is not a reply; `text` is the caption of
    `media`, if there is one. Without `channel` it goes out where the contact last wrote, else by the workspace's
    oldest channel. The same `form_key` again (a form sent twice) answers the message that is already there.

    Raises DomainError "empty_text", "text_too_long", "no_channel", "window_closed" or "erased", and as
    `check_carried`.
    """
    channel = channel or channel_for(workspace, contact)
    if channel is None:
        raise DomainError(_("Connect a WhatsApp number first."), code="no_channel")
    window = service_window(workspace, channel, contact)
    if window is not None and not window.is_open:
        closed = _("The last message is more than 24 hours old. Meta lets you answer when this person writes again.")
        raise DomainError(closed, code="window_closed", field="text")
    if (earlier := find_by_form_key(workspace, contact, form_key)) is not None:
        return earlier
    queued = queue_messages(
        workspace=workspace,
        channel=channel,
        contact_ids=[contact.pk],
        purpose=Message.Purpose.SERVICE,
        origin_kind="member",
        text=plain_newlines(text.strip()),
        priority=Message.Priority.REPLY,
        author=author,
        variables={"form_key": form_key[:64]} if form_key else None,
        media=media,
    )
    if not queued:
        raise DomainError(_("This contact was erased and cannot be written to."), code="erased")
    mark_read(workspace=workspace, contact=contact)
    return queued[0]


def find_by_form_key(workspace: Workspace, contact: Contact, form_key: str) -> Message | None:
    """What this form, sent before, already queued for the contact. Until the caller's transaction ends nobody else
    gets an answer for the same key; an empty key is nobody's."""
    if not form_key:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [form_key[:64], contact.pk])
    lately = Message.objects.filter(contact=contact, workspace=workspace).order_by("-id")[:50]
    return next((message for message in lately if message.variables.get("form_key") == form_key[:64]), None)
