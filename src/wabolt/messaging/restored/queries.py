"""Reads of messages that a restore holds."""

import re
from dataclasses import dataclass

from django.db.models import Count, Min

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact
from wabolt.lib.errors import DomainError
from wabolt.messaging.registry import ORIGINS
from wabolt.messaging.store.models import Message
from wabolt.personalization.queries import preview

SHOWN_PEOPLE = 5
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass(frozen=True)
class HeldGroup:
    """The held messages of one origin: how many messages, to how many people, and examples.

    `text`: the first message as its contact would get it. `sample`: the first contacts. `url`: the page of the origin,
    which lists all its contacts; empty for an origin without a page.
    """

    origin_kind: str
    origin_id: int | None
    messages: int
    people: int
    text: str
    sample: list[Contact]
    url: str

    @property
    def others(self) -> int:
        """The number of people who are not in `sample`."""
        return self.people - len(self.sample)


def held_groups(workspace: Workspace) -> list[HeldGroup]:
    """The held messages by origin, the largest group first."""
    held = Message.objects.filter(workspace=workspace, state="unknown", reason="restored")
    rows = (
        held.values("origin_kind", "origin_id")
        .annotate(messages=Count("id"), people=Count("contact", distinct=True), first=Min("id"))
        .order_by("-messages", "origin_kind", "origin_id")
    )
    firsts = Message.objects.select_related("content", "contact", "workspace").in_bulk([row["first"] for row in rows])
    found = []
    for row in rows:
        kind, pk = row["origin_kind"], row["origin_id"]
        waiting = held.filter(origin_kind=kind, origin_id=pk).values("contact")
        people = list(Contact.objects.filter(workspace=workspace, pk__in=waiting).order_by("pk")[:SHOWN_PEOPLE])
        origin = ORIGINS.get(kind)
        url = origin.page(pk) if origin is not None and origin.page is not None and pk is not None else ""
        text = _readable(firsts[row["first"]])[:200]
        found.append(HeldGroup(kind, pk, row["messages"], row["people"], text, people, url))
    return found


def _readable(message: Message) -> str:
    """The text as the contact would get it; placeholders that cannot be filled any more become dots."""
    if message.text or message.content is None:
        return message.text
    text = message.content.text
    try:
        return preview(message.workspace, text, message.contact, purpose=message.purpose)
    except DomainError:
        return _PLACEHOLDER.sub("…", text)
