"""Reads of contacts and their addresses. Every one is bound to a workspace."""

from collections.abc import Iterable

from django.db.models import QuerySet

from wabolt.accounts.models import Workspace
from wabolt.contacts.models import Contact, ErasedIdentity, Field, Identity, Tag
from wabolt.lib.pseudonyms import pseudonym

PHONE_SQL = """
    (SELECT p.value FROM contacts_identity p WHERE p.contact_id = c.id AND p.kind = 'phone' ORDER BY p.id DESC LIMIT 1)
"""
"""SQL expression over alias `c` (contacts_contact): the number this person is written to, NULL without one. The
newest number wins: people change numbers."""


def contacts(workspace: Workspace) -> QuerySet[Contact]:
    """Everybody the workspace knows, without the erased."""
    return Contact.objects.filter(workspace=workspace, erased_at=None)


def get_contact(workspace: Workspace, contact_id: int) -> Contact:
    """One contact of this workspace. Raises Contact.DoesNotExist, also for an erased one."""
    return contacts(workspace).get(pk=contact_id)


def find_by_identity(workspace: Workspace, kind: str, value: str) -> Contact | None:
    """Who is known under this address (phones in E.164), or None."""
    return contacts(workspace).filter(identities__kind=kind, identities__value=value).first()


def phone_of(contact: Contact) -> str | None:
    """The number (E.164) this person is written to: the newest one."""
    phones = contact.identities.filter(kind=Identity.Kind.PHONE).order_by("-id")
    return phones.values_list("value", flat=True).first()


def phones_of(workspace: Workspace, contact_ids: Iterable[int]) -> dict[int, str]:
    """{contact id: number} for many contacts in one statement; who has none is missing."""
    rows = Identity.objects.filter(workspace=workspace, contact_id__in=list(contact_ids), kind=Identity.Kind.PHONE)
    return dict(rows.order_by("id").values_list("contact_id", "value"))


def erased_identities(workspace: Workspace, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of `pairs` (kind, value) that belonged to somebody whose data was erased."""
    marks = ErasedIdentity.objects.filter(workspace=workspace)
    # Asked first: hardly a shop has erased anybody, and an import asks for sixteen thousand pairs at a time.
    if not marks.exists():
        return set()
    digests = {pseudonym(workspace.pk, kind, value): (kind, value) for kind, value in pairs}
    return {digests[found] for found in marks.filter(digest__in=list(digests)).values_list("digest", flat=True)}


def tags(workspace: Workspace) -> QuerySet[Tag]:
    """All labels by name."""
    return Tag.objects.filter(workspace=workspace).order_by("name")


def tags_of(contact_ids: Iterable[int]) -> dict[int, list[str]]:
    """{contact id: its labels by name} for the contacts of one page."""
    found: dict[int, list[str]] = {}
    rows = Tag.contacts.through.objects.filter(contact_id__in=list(contact_ids)).order_by("tag__name")
    for contact_id, name in rows.values_list("contact_id", "tag__name"):
        found.setdefault(contact_id, []).append(name)
    return found


def fields(workspace: Workspace) -> QuerySet[Field]:
    """The custom columns in use, in the owner's order."""
    return Field.objects.filter(workspace=workspace, archived_at=None)
