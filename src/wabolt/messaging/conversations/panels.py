"""The conversation panel of the contact page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from wabolt.accounts.models import Workspace
from wabolt.accounts.queries import membership_of, workspace_of
from wabolt.consent.queries import doubt_of
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.queries import phone_of
from wabolt.contacts.registry import Panel, register_panel
from wabolt.lib.roles import at_least
from wabolt.lib.web import back_to, whole_number
from wabolt.media.queries import reference_of, shared_for, shown_media
from wabolt.messaging.conversations.reading import mark_read
from wabolt.messaging.conversations.shown import NUMBER, shown_channel
from wabolt.messaging.inbound.models import IncomingFile
from wabolt.messaging.inbound.rules import caption
from wabolt.messaging.outbox.queries import reason_words
from wabolt.messaging.registry import ORIGINS
from wabolt.messaging.sendable_files import accepted_files
from wabolt.messaging.store.models import Message
from wabolt.messaging.store.queries import conversation, media_of, service_window
from wabolt.personalization import queries as rendering
from wabolt.ui.bubbles import Attachment

PAGE = 40
PERSONAL = frozenset({"member", "phone"})
"""Origin kinds of messages that a person wrote."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the thread. `day`: set on the first message of a day of the workspace. `why`: the reason it was
    not sent. `file_note`: the state of a file that cannot be shown."""

    message: Message
    text: str
    mine: bool
    sender: str
    day: date | None
    why: str
    media: Attachment | None
    file_note: str

    @property
    def facts(self) -> tuple[object, ...]:
        """Everything that the thread shows of it."""
        message = self.message
        shown = (self.text, self.mine, self.sender, self.day, self.why, self.media, self.file_note)
        return message.pk, message.state, message.created_at, shown


def register_panels() -> None:
    """Registers the conversation panel."""
    register_panel(
        Panel(
            "conversation",
            gettext_lazy("Conversation"),
            "messaging/parts/conversation.html",
            conversation_panel,
            slot="conversation",
        )
    )


def conversation_panel(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """The newest page of the thread and the composer. Opening the tab marks the conversation as read."""
    if request.GET.get("tab") == "conversation" and _may_write(request):
        mark_read(workspace=contact.workspace, contact=contact)
    return conversation_context(request, contact)


def conversation_context(request: HttpRequest, contact: Contact, **more: Any) -> dict[str, Any]:
    """The thread and the context of the composer."""
    workspace = workspace_of(request)
    channel = shown_channel(request, contact)
    number = channel.pk if channel is not None else ""
    shared = shared_for(request, workspace)
    attached = more.pop("attached", shared.media)
    return thread(request, contact) | {
        "may_write": _may_write(request) and contact.erased_at is None,
        "can_reach": contact.identities.exclude(kind=Identity.Kind.CODE).exists(),
        "has_channel": channel is not None,
        "accepted": accepted_files(channel) if channel is not None else "",
        "window": service_window(workspace, channel, contact) if channel is not None else None,
        "template_url": f"{reverse('messaging:template_reply', args=[contact.pk])}?{NUMBER}={number}",
        "number": number,
        "form_key": uuid4().hex,
        "contact_id": contact.pk,
        "doubt": doubt_of(workspace, contact.pk),
        "refusal": None,
        "draft": shared.text,
        "attached": attached,
        "kept": reference_of(attached),
        "next": back_to(request, request.get_full_path()),
        **more,
    }


def thread(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """One page of messages, oldest first, with a link to older ones."""
    workspace = workspace_of(request)
    before = whole_number(request.GET.get("before", ""))
    messages = conversation(workspace, contact)
    if before is not None:
        messages = messages.filter(pk__lt=before)
    page = list(messages[: PAGE + 1])
    url = reverse("messaging:conversation", args=[contact.pk])
    return {
        "url": url,
        "lines": _lines(workspace, contact, page[:PAGE][::-1]),
        "older": f"{url}?before={page[PAGE - 1].pk}" if len(page) > PAGE else "",
        "is_newest": not before,
    }


def _lines(workspace: Workspace, contact: Contact, messages: Sequence[Message]) -> list[Line]:
    lines, last = [], None
    waiting = [message for message in messages if not message.text and message.content_id]
    shown = _drafts(workspace, contact, waiting) if waiting else {}
    for message in messages:
        day = message.created_at.astimezone(workspace.tz).date()
        is_ours = message.direction == Message.Direction.OUTBOUND
        file: IncomingFile | None = getattr(message, "file", None)
        text = message.text or shown.get(message.pk, "")
        lines.append(
            Line(
                message=message,
                text=caption(text, file.name) if file is not None and message.media else text,
                mine=is_ours,
                sender=_sender(message) if is_ours else "",
                day=day if day != last else None,
                why=reason_words(message.reason) if is_ours else "",
                media=shown_media(media_of(message)),
                file_note=file.get_state_display() if file is not None and not message.media else "",
            )
        )
        last = day
    return lines


def _sender(message: Message) -> str:
    """The member who wrote a message; "" for one from the shop's own phone."""
    if message.author:
        return str(message.author)
    origin = None if message.origin_kind in PERSONAL else ORIGINS.get(message.origin_kind)
    return str(origin.label) if origin else ""


def _drafts(workspace: Workspace, contact: Contact, messages: Sequence[Message]) -> dict[int, str]:
    """{message id: text} of unsent messages, rendered with today's data; "…" if a text cannot be rendered."""
    person = rendering.person_of(contact, phone_of(contact))
    shop = rendering.shop_of(workspace)
    texts = {}
    for message in messages:
        try:
            compiled = rendering.compile_text(message.content.text if message.content else "")
            loaded = rendering.load_values(workspace, compiled.prefixes, [contact.pk]).get(contact.pk, {})
            given = {**loaded, **message.variables}
            texts[message.pk] = compiled.render(person, given, shop, lambda _n: rendering.sample_url())
        except rendering.RenderError:
            texts[message.pk] = "…"
    return texts


def _may_write(request: HttpRequest) -> bool:
    return at_least(membership_of(request).role, "agent")
