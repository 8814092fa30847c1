"""Labels of contacts and notes about them."""

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from wabolt.accounts.models import User, Workspace
from wabolt.accounts.services import record_audit
from wabolt.contacts.models import Contact, ContactTag, Note, Tag
from wabolt.contacts.services.events import NewEvent, record_event, record_events
from wabolt.lib import clock
from wabolt.lib.errors import DomainError
from wabolt.lib.text import clean, storable

_BATCH = 5000


def ensure_tags(*, workspace: Workspace, names: Iterable[str]) -> dict[str, int]:
    """Returns {name in lower case as Python lowers it: id} of the labels and creates missing ones. Raises DomainError
    `bad_tag`."""
    by_lower: dict[str, str] = {}
    for name in map(clean, names):
        if len(name) > 60:
            raise DomainError(_("A label has at most 60 characters."), code="bad_tag", field="tags")
        if name:
            by_lower.setdefault(name.lower(), name)
    if not by_lower:
        return {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_tag (workspace_id, name, created_at) SELECT %s, unnest(%s::text[]), %s"
            " ON CONFLICT DO NOTHING",
            [workspace.pk, sorted(by_lower.values()), clock.now()],
        )
        # The database lowers some letters differently: "İ" becomes one letter there and two in Python.
        cursor.execute(
            "SELECT wanted.name, t.id FROM unnest(%s::text[]) AS wanted (name)"
            " JOIN contacts_tag t ON t.workspace_id = %s AND lower(t.name) = lower(wanted.name)",
            [list(by_lower.values()), workspace.pk],
        )
        return {name.lower(): pk for name, pk in cursor.fetchall()}


def add_tags(*, workspace: Workspace, contact_ids: Sequence[int], tag_names: Iterable[str]) -> int:
    """Adds the labels to all these contacts, with a `tag_added` event for each new one. Returns the number of new
    labels. Erased contacts and those of other workspaces are ignored."""
    with transaction.atomic():
        tags = ensure_tags(workspace=workspace, names=tag_names)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH fresh AS (
                    INSERT INTO contacts_contacttag (tag_id, contact_id, at)
                    SELECT t.id, c.id, %(now)s FROM contacts_contact c, unnest(%(tags)s::bigint[]) AS t (id)
                    WHERE c.workspace_id = %(workspace)s AND c.id = ANY(%(ids)s) AND c.erased_at IS NULL
                    ON CONFLICT DO NOTHING RETURNING tag_id, contact_id
                )
                INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
                SELECT %(workspace)s, f.contact_id, 'tag_added', %(now)s,
                       jsonb_build_object('tag', f.tag_id, 'name', t.name)
                FROM fresh f JOIN contacts_tag t ON t.id = f.tag_id
                """,
                {
                    "now": clock.now(),
                    "tags": list(tags.values()),
                    "workspace": workspace.pk,
                    "ids": list(contact_ids),
                },
            )
            return int(cursor.rowcount)


def remove_tags(*, workspace: Workspace, contact_ids: Sequence[int], tag_names: Iterable[str]) -> int:
    """Removes the labels from these contacts, with a `tag_removed` event for each. Returns the number of removed
    labels."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH gone AS (
                DELETE FROM contacts_contacttag ct USING contacts_tag t
                WHERE t.id = ct.tag_id AND t.workspace_id = %(workspace)s
                  AND lower(t.name) IN (SELECT lower(name) FROM unnest(%(names)s::text[]) AS named (name))
                  AND ct.contact_id = ANY(%(ids)s)
                RETURNING ct.contact_id, t.id, t.name
            )
            INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
            SELECT %(workspace)s, contact_id, 'tag_removed', %(now)s, jsonb_build_object('tag', id, 'name', name)
            FROM gone
            """,
            {
                "now": clock.now(),
                "workspace": workspace.pk,
                "ids": list(contact_ids),
                "names": [clean(name) for name in tag_names],
            },
        )
        return int(cursor.rowcount)


def tag_many(*, workspace: Workspace, contact_ids: Sequence[int], tag_names: Sequence[str]) -> None:
    """Adds the labels to contacts that a member chose, in transactions of `_BATCH`, with one audit entry. Raises
    DomainError `bad_tag`."""
    for start in range(0, len(contact_ids), _BATCH):
        add_tags(workspace=workspace, contact_ids=contact_ids[start : start + _BATCH], tag_names=tag_names)
    _audit(workspace, "contact.tag", contact_ids, tag_names)


def untag_many(*, workspace: Workspace, contact_ids: Sequence[int], tag_names: Sequence[str]) -> None:
    """Removes the labels from contacts that a member chose; see `tag_many`."""
    for start in range(0, len(contact_ids), _BATCH):
        remove_tags(workspace=workspace, contact_ids=contact_ids[start : start + _BATCH], tag_names=tag_names)
    _audit(workspace, "contact.untag", contact_ids, tag_names)


def _audit(workspace: Workspace, action: str, contact_ids: Sequence[int], tag_names: Sequence[str]) -> None:
    labels = [name for name in map(clean, tag_names) if name]
    if len(contact_ids) == 1:
        record_audit(workspace=workspace, action=action, target=("contact", contact_ids[0]), data={"labels": labels})
    else:
        record_audit(workspace=workspace, action=action, data={"count": len(contact_ids), "labels": labels})


def rename_tag(*, workspace: Workspace, tag_id: int, name: str) -> Tag:
    """Renames a label. Raises Tag.DoesNotExist, DomainError `bad_tag`, `tag_taken`."""
    text = clean(name)
    if not text or len(text) > 60:
        raise DomainError(_("A label has 1 to 60 characters."), code="bad_tag", field="name")
    with transaction.atomic():
        tag = Tag.objects.select_for_update().get(workspace=workspace, pk=tag_id)
        if Tag.objects.filter(workspace=workspace, name__iexact=text).exclude(pk=tag.pk).exists():
            raise DomainError(_("There is already a label of this name."), code="tag_taken", field="name")
        tag.name = text
        tag.save(update_fields=["name"])
        record_audit(workspace=workspace, action="tag.rename", target=("tag", tag.pk))
    return tag


def delete_tag(*, workspace: Workspace, tag_id: int) -> None:
    """Deletes a label, with a `tag_removed` event for each contact that had it. Raises Tag.DoesNotExist."""
    with transaction.atomic():
        tag = Tag.objects.select_for_update().get(workspace=workspace, pk=tag_id)
        tagged = ContactTag.objects.filter(tag=tag, contact__erased_at=None).values_list("contact", flat=True)
        data = {"tag": tag.pk, "name": tag.name}
        record_event(workspace=workspace, contact_ids=list(tagged), kind="tag_removed", data=data)
        tag.delete()
        record_audit(workspace=workspace, action="tag.delete", data={"name": data["name"]})


def add_note(*, workspace: Workspace, contact_id: int, text: str, author: User | None = None) -> Note:
    """Writes a note about a contact. Raises Contact.DoesNotExist, DomainError `bad_note`."""
    text = clean_note(text)
    with transaction.atomic():
        contact = Contact.objects.get(workspace=workspace, pk=contact_id, erased_at=None)
        note = Note.objects.create(workspace=workspace, contact=contact, author=author, text=text)
        record_event(workspace=workspace, contact_ids=[contact.pk], kind="note_added", data={"note": note.pk})
    return note


@transaction.atomic
def add_notes(*, workspace: Workspace, contact_ids: Sequence[int], text: str, author: User | None = None) -> None:
    """Writes the same note about each contact who does not have it yet, in a fixed number of statements. Raises
    DomainError `bad_note`."""
    text = clean_note(text)
    known = Contact.objects.filter(workspace=workspace, pk__in=contact_ids, erased_at=None)
    has_it = Note.objects.filter(workspace=workspace, contact__in=contact_ids, text=text).values("contact")
    ids = known.exclude(pk__in=has_it).order_by("pk").values_list("pk", flat=True)
    notes = Note.objects.bulk_create(Note(workspace=workspace, contact_id=pk, author=author, text=text) for pk in ids)
    events = [NewEvent(note.contact_id, "note_added", data={"note": note.pk}) for note in notes]
    record_events(workspace=workspace, events=events)


def clean_note(text: str) -> str:
    """The text as a note is stored. Raises DomainError `bad_note`."""
    text = storable(text.strip())
    if not text or len(text) > 4000:
        raise DomainError(_("A note has 1 to 4,000 characters."), code="bad_note", field="text")
    return text


def delete_note(*, workspace: Workspace, contact_id: int, note_id: int) -> None:
    """Deletes a note. Raises Note.DoesNotExist."""
    with transaction.atomic():
        Note.objects.get(workspace=workspace, contact_id=contact_id, pk=note_id).delete()
        record_audit(workspace=workspace, action="contact.delete_note", target=("contact", contact_id))
