"""The knowledge of the shop about one contact, as the contact page and the inbox show it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from wabolt.accounts.models import Workspace
from wabolt.contacts import registry
from wabolt.contacts.models import Contact, Field, Identity, Merge, Note, Tag
from wabolt.contacts.queries.addresses import phone_of
from wabolt.contacts.queries.directory import marks_of
from wabolt.contacts.queries.merges import merged_from
from wabolt.contacts.queries.people import fields, tags

NOTES = 50
"""Number of the newest notes that a page shows."""


@dataclass(frozen=True, slots=True)
class Profile:
    """`phone`: E.164, None for a hidden number. `marks`: (word, tone). `values`: the custom columns that have one.
    `merged`: (name or address of the absorbed contact, merge)."""

    phone: str | None
    identities: list[Identity]
    source: str
    marks: list[tuple[str, str]]
    tags: list[Tag]
    all_tags: QuerySet[Tag]
    values: list[tuple[Field, Any]]
    merged: list[tuple[str, Merge]]
    notes: list[Note]

    @property
    def is_reachable(self) -> bool:
        """Whether a message can be sent: there is an address, and the data may be used."""
        if any(tone == "info" for _word, tone in self.marks):
            return False
        return any(identity.kind != Identity.Kind.CODE for identity in self.identities)

    @property
    def gets_no_promotions(self) -> bool:
        return any(tone in {"bad", "warning"} for _word, tone in self.marks)


def profile(workspace: Workspace, contact: Contact) -> Profile:
    """Returns the data, labels and notes of one contact."""
    values = [(field, contact.fields.get(field.key)) for field in fields(workspace)]
    return Profile(
        phone=phone_of(contact),
        identities=list(contact.identities.order_by("kind", "-id")),
        source=registry.source_label(contact.source),
        marks=marks_of(workspace, [contact]).get(contact.pk, []),
        tags=list(contact.tags.order_by("name")),
        all_tags=tags(workspace),
        values=[(field, value) for field, value in values if value is not None],
        merged=merged_from(workspace, contact),
        notes=list(contact.notes.select_related("author").order_by("-id")[:NOTES]),
    )
