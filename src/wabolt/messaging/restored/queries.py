"""Reads of messages that a restore holds."""

from dataclasses import dataclass

from django.db.models import Count, Min

from wabolt.accounts.models import Workspace
from wabolt.lib.errors import DomainError
from wabolt.messaging.store.models import Message
from wabolt.personalization.queries import preview


@dataclass(frozen=True)
class HeldGroup:
    """The held messages of one origin: how many messages, to how many people, and the first of their texts as its
    recipient would see it."""

    origin_kind: str
    origin_id: int | None
    messages: int
    people: int
    text: str


def held_groups(workspace: Workspace) -> list[HeldGroup]:
    """The held messages by origin, the largest group first."""
    held = Message.objects.filter(workspace=workspace, state="unknown", reason="restored")
    rows = (
        held.values("origin_kind", "origin_id")
        .annotate(messages=Count("id"), people=Count("contact", distinct=True), first=Min("id"))
        .order_by("-messages", "origin_kind", "origin_id")
    )
    texts = Message.objects.select_related("content", "contact", "workspace").in_bulk([row["first"] for row in rows])
    found = []
    for row in rows:
        text = _readable(texts[row["first"]])
        found.append(HeldGroup(row["origin_kind"], row["origin_id"], row["messages"], row["people"], text[:200]))
    return found


def _readable(message: Message) -> str:
    """The text of a message; a text that is not rendered yet with the data of its recipient."""
    if message.text or message.content is None:
        return message.text
    try:
        return preview(message.workspace, message.content.text, message.contact, purpose="service")
    except DomainError:  # the text uses a field that was archived since
        return message.content.text
