"""Ready-made contacts for tests of every room."""

from itertools import count
from typing import Any

from wabolt.accounts.models import Workspace
from wabolt.contacts import services
from wabolt.contacts.models import Contact

_numbers = count(81200000001)


def make_contact(workspace: Workspace, name: str = "Ayu Lestari", phone: str | None = "", **fields: Any) -> Contact:
    """A contact with a number of its own (`phone=None`: without one). `tags=["vip"]` puts labels on it."""
    tags = fields.pop("tags", ())
    if phone == "":
        phone = f"+62{next(_numbers)}"
    contact = services.create_contact(workspace=workspace, name=name, phone=phone, **fields)
    if tags:
        services.add_tags(workspace=workspace, contact_ids=[contact.pk], tag_names=tags)
    return contact
