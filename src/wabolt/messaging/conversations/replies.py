"""Replies: messages that a member writes to a contact."""

from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from wabolt.accounts.models import User, Workspace
from wabolt.channels.models import Channel
from wabolt.contacts.models import Contact
from wabolt.lib.errors import DomainError
from wabolt.media.models import MediaFile
from wabolt.messaging.conversations.reading import mark_answered, mark_read
from wabolt.messaging.outbox.services.queueing import queue_messages
from wabolt.messaging.store.drafts import Draft
from wabolt.messaging.store.models import Message
from wabolt.messaging.store.queries import channel_for, message_by_key, service_window
from wabolt.personalization.queries import plain_newlines

MEMBER = "member"
"""The origin kind of what a member writes to one contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A member's message; `text` is the caption of `media` if there is one.

    Without `channel` it goes out where the contact last wrote, else by the workspace's oldest channel. The same
    `form_key` again (a form sent twice) names the message that exists already.
    """

    text: str
    author: User
    channel: Channel | None = None
    form_key: str = ""
    media: MediaFile | None = None


@transaction.atomic
def queue_reply(*, workspace: Workspace, contact: Contact, reply: Reply) -> Message:
    """Queues a member's message ahead of everything that is not a reply.

    Raises DomainError "empty_text", "text_too_long", "no_channel", "window_closed" or "erased", and as
    `check_carried`.
    """
    channel = reply.channel or channel_for(workspace, contact)
    if channel is None:
        raise DomainError(_("Connect a WhatsApp number first."), code="no_channel")
    window = service_window(workspace, channel, contact)
    if window is not None and not window.is_open:
        closed = _("The last message is more than 24 hours old. Meta lets you answer when this person writes again.")
        raise DomainError(closed, code="window_closed", field="text")
    draft = Draft(
        purpose=Message.Purpose.SERVICE,
        origin_kind=MEMBER,
        key=member_key(reply.author, reply.form_key),
        text=plain_newlines(reply.text.strip()),
        priority=Message.Priority.REPLY,
        author=reply.author,
        media=reply.media,
    )
    return queue_for(workspace=workspace, channel=channel, contact=contact, draft=draft)


def member_key(author: User, form_key: str) -> str:
    """The idempotency key of a form that a member sent; a new one for a form without a key of its own."""
    return f"{author.pk}:{form_key or uuid4().hex}"


def queue_for(*, workspace: Workspace, channel: Channel, contact: Contact, draft: Draft) -> Message:
    """Queues a member's draft and marks the conversation as read and answered.

    Returns the message, or for a known key the one that exists already.
    """
    queued = queue_messages(workspace=workspace, channel=channel, contact_ids=[contact.pk], draft=draft)
    message = queued[0] if queued else message_by_key(workspace, draft, contact)
    if message is None:
        raise DomainError(_("This contact was erased and cannot be written to."), code="erased")
    mark_read(workspace=workspace, contact=contact)
    mark_answered(workspace=workspace, contact=contact)
    return message
