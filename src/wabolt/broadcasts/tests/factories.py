"""Factories for broadcasts."""

from wabolt.accounts.models import Workspace
from wabolt.broadcasts.models import Broadcast
from wabolt.broadcasts.services import DraftValues, save_draft
from wabolt.channels.models import Channel
from wabolt.channels.tests.factories import make_channel
from wabolt.consent.services import ConsentStatement, grant
from wabolt.contacts.models import Contact
from wabolt.contacts.tests.factories import make_contacts
from wabolt.segments.models import Segment
from wabolt.segments.queries import EVERYONE, to_json


def make_segment(workspace: Workspace, name: str = "Semua") -> Segment:
    """Creates a segment of all contacts."""
    return Segment.objects.create(workspace=workspace, name=name, tree=to_json(EVERYONE))


def make_broadcast(workspace: Workspace, channel: Channel | None = None, **fields: object) -> Broadcast:
    """Creates a draft for all contacts of the workspace."""
    values: dict[str, object] = {
        "channel": channel or make_channel(workspace, quiet_from="00:00", quiet_until="00:00"),
        "segment": Segment.objects.filter(workspace=workspace).first() or make_segment(workspace),
        "name": "Koleksi baru",
        "text": "Halo {{ contact.name | default: 'Kak' }}, koleksi batik baru sudah datang.",
    }
    chosen = {**values, **fields}
    about = {key: chosen.pop(key) for key in ("creation_key", "user", "broadcast") if key in chosen}
    return save_draft(workspace=workspace, values=DraftValues(**chosen), **about)  # type: ignore[arg-type]


def make_agreeing(workspace: Workspace, count: int = 1) -> list[Contact]:
    """Creates contacts with marketing consent on record."""
    people = make_contacts(workspace, [f"Ayu {number}" for number in range(count)])
    grant(
        workspace=workspace,
        contact_ids=[person.pk for person in people],
        statement=ConsentStatement("marketing", "member", evidence={"statement": "said yes at the till"}),
    )
    return people
