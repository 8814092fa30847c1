"""Ready-made contacts for tests of every room."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.contacts import services
from wabolt.contacts.models import Contact, Identity
from wabolt.contacts.services.identities import set_search

_numbers = count(81200000001)


def make_contact(workspace: Workspace, name: str = "Ayu Lestari", phone: str | None = "", **fields: Any) -> Contact:
    """A contact with a number of its own (`phone=None`: without one). `tags=["vip"]` puts labels on it. Without more
    than a name it is made as by `make_contacts`."""
    tags = fields.pop("tags", ())
    if phone == "" and not fields and not tags:
        return make_contacts(workspace, [name])[0]
    if phone == "":
        phone = f"+62{next(_numbers)}"
    contact = services.create_contact(workspace=workspace, name=name, phone=phone, **fields)
    if tags:
        services.add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=tags)
    return contact


def make_contacts(workspace: Workspace, names: Sequence[str]) -> list[Contact]:
    """A contact with a number of its own for each name, in three statements. `create_contact` sends six for each."""
    contacts = [Contact(workspace=workspace, name=name) for name in names]
    phones = [f"+62{next(_numbers)}" for _ in names]
    for contact, phone in zip(contacts, phones, strict=True):
        set_search(contact, [("phone", phone)])
    Contact.objects.bulk_create(contacts)
    Identity.objects.bulk_create(
        Identity(workspace=workspace, contact=contact, kind="phone", value=phone)
        for contact, phone in zip(contacts, phones, strict=True)
    )
    ids = [contact.pk for contact in contacts]
    services.record_event(workspace=workspace, contact_ids=ids, kind="contact_created", data={"source": ""})
    return contacts
