"""Reads of contacts. Each is bound to a workspace."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, ErasedIdentity, Field, Merge, Tag
from wabolt.lib.pseudonyms import pseudonym

_TAGS = """
SELECT k.contact_id, t.name FROM contacts_contacttag k JOIN contacts_tag t ON t.id = k.tag_id
 WHERE k.contact_id = ANY(%s) ORDER BY t.name
"""


def contacts(workspace: Workspace) -> QuerySet[Contact]:
    """Returns the contacts of the workspace without the erased ones."""
    return Contact.objects.filter(workspace=workspace, erased_at=None)


def get_contact(workspace: Workspace, contact_id: int) -> Contact:
    """Returns one contact of this workspace. Raises Contact.DoesNotExist, also for an erased one."""
    return contacts(workspace).get(pk=contact_id)


def find_by_identity(workspace: Workspace, kind: str, value: str) -> Contact | None:
    """Returns the contact with this address (phones in E.164), or None."""
    return contacts(workspace).filter(identities__kind=kind, identities__value=value).first()


def has_erasures(workspace: Workspace) -> bool:
    """Returns whether the workspace ever erased a person."""
    return ErasedIdentity.objects.filter(workspace=workspace).exists()


def erased_identities(workspace: Workspace, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Returns those of `pairs` (kind, value) that belonged to a person whose data was erased."""
    marks = ErasedIdentity.objects.filter(workspace=workspace)
    # Few shops have erased contacts, and an import asks about sixteen thousand pairs at a time.
    if not marks.exists():
        return set()
    digests = {pseudonym(workspace.pk, kind, value): (kind, value) for kind, value in pairs}
    return {digests[found] for found in marks.filter(digest__in=list(digests)).values_list("digest", flat=True)}


def erased_people(workspace: Workspace) -> list[tuple[int, datetime, datetime]]:
    """Returns (id, created_at, erased_at) of the people whose data was erased. A contact that was merged into
    another one is emptied too, but its person was not erased."""
    merged = Merge.objects.filter(absorbed=OuterRef("pk"), undone_at=None)
    found = Contact.objects.filter(~Exists(merged), workspace=workspace, erased_at__isnull=False)
    rows = found.order_by("pk").values_list("pk", "created_at", "erased_at")
    return [(pk, created_at, erased_at) for pk, created_at, erased_at in rows if erased_at]


def tags(workspace: Workspace) -> QuerySet[Tag]:
    """Returns all labels by name."""
    return Tag.objects.filter(workspace=workspace).order_by("name")


def tags_of(contact_ids: Iterable[int]) -> dict[int, list[str]]:
    """{contact id: its labels by name} for the contacts of one page."""
    found: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TAGS, [list(contact_ids)])
        for contact_id, name in cursor.fetchall():
            found.setdefault(contact_id, []).append(name)
    return found


def fields(workspace: Workspace) -> QuerySet[Field]:
    """The custom columns in use, in the owner's order."""
    return Field.objects.filter(workspace=workspace, archived_at=None)
