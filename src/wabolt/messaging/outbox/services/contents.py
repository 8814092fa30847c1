"""Texts that many messages share."""

from datetime import datetime

from django.db import transaction

from wabolt.accounts.models import Workspace
from wabolt.media.models import MediaFile
from wabolt.messaging.outbox.models import TrackedLink
from wabolt.messaging.store.models import Message, MessageContent
from wabolt.personalization import queries as rendering


@transaction.atomic
def create_content(
    *,
    workspace: Workspace,
    text: str,
    purpose: str = Message.Purpose.MARKETING,
    media: MediaFile | None = None,
    content_class: str = MessageContent.Class.PROMOTION,
) -> MessageContent:
    """Checks and stores a Liquid text, with the stop line that its purpose needs, and a TrackedLink per URL. It is the
    caption of `media`; `check_carried` checks whether a number can send that file.

    `content_class`: the side of the 80/20 rule on which its messages count. Raises DomainError as
    `rendering.validate_text`.
    """
    text = rendering.plain_newlines(text)
    rendering.validate_text(workspace, text, purpose)
    content = MessageContent.objects.create(
        workspace=workspace,
        text=rendering.ensure_stop_line(text, purpose, workspace.language),
        media=media,
        content_class=content_class,
    )
    urls = rendering.find_links(content.text)
    TrackedLink.objects.bulk_create(TrackedLink(content=content, position=n, url=url) for n, url in enumerate(urls))
    return content


def limit_content(*, content: MessageContent, expires_at: datetime) -> None:
    """Sets when this content expires. Call it before messages are queued: a lane that has read the content does not
    read it again."""
    content.expires_at = expires_at
    content.save(update_fields=["expires_at"])
